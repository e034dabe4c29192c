#!/usr/bin/env bash
# Fetches prometheus and promtool from Debian into a private folder, for tests: about 20 MB to download, 100 MB on disk.
# Nothing is installed, no maintainer script runs, no root is needed; apt verifies the package against its sources.
#   fetch.sh [FOLDER]     default: $PROMETHEUS_DIR or ~/.cache/face-age/prometheus; does nothing where it is complete
set -euo pipefail
folder=${1:-${PROMETHEUS_DIR:-$HOME/.cache/face-age/prometheus}}
[ -e "$folder/complete" ] && exit 0
if ! command -v apt-get >/dev/null; then
  echo "This machine has no apt-get to fetch Prometheus with; put prometheus and promtool on the PATH instead." >&2
  exit 1
fi

mkdir -p "$folder"
apt=$(mktemp -d "$folder/apt.XXXXXX")
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
private=(
  -qq -o "Dir::State=$apt" -o "Dir::State::lists=$apt/lists" -o Dir::State::status=/var/lib/dpkg/status
  -o "Dir::Cache=$apt/cache" -o Acquire::Languages=none -o APT::Sandbox::User= -o Debug::NoLocking=1
)
apt-get "${private[@]}" update
(cd "$apt" && apt-get "${private[@]}" download prometheus)
dpkg-deb --fsys-tarfile "$apt"/prometheus_*.deb | tar --extract --directory "$apt" ./usr/bin/prometheus ./usr/bin/promtool
mv "$apt"/usr/bin/prom* "$folder"
touch "$folder/complete"
