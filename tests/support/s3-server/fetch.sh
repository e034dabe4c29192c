#!/usr/bin/env bash
# Fetches Ceph's S3 gateway from Debian into a private folder, for tests: about 160 MB to download, 510 MB on disk.
# Nothing is installed, no maintainer script runs, no root is needed; apt verifies the signatures.
#   fetch.sh [FOLDER]     default: $CEPH_DIR or ~/.cache/face-age/ceph; does nothing where it is complete
set -euo pipefail
suite=forky
packages=(radosgw ceph-mon ceph-osd)
folder=${1:-${CEPH_DIR:-$HOME/.cache/face-age/ceph}}
[ -e "$folder/root/complete" ] && exit 0

# The mirror that this machine's own sources name.
mirror=$(awk '/^URIs:/ {print $2; exit} /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /^http/) {print $i; exit}}' \
  /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null || true)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [ -z "$mirror" ] || [ ! -e "$keyring" ]; then
  echo "This machine has no Debian sources to fetch Ceph from; set S3_TEST_ENDPOINT to a server of your own." >&2
  exit 1
fi

mkdir -p "$folder"
apt=$(mktemp -d "$folder/apt.XXXXXX")
tree=$(mktemp -d "$folder/tree.XXXXXX")
trap 'rm -rf "$apt" "$tree"' EXIT

mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
: >"$apt/status"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$apt/sources.list"
private=(
  -qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o "Dir::State=$apt" -o "Dir::State::lists=$apt/lists" -o "Dir::State::status=$apt/status"
  -o "Dir::Cache=$apt/cache" -o Acquire::Languages=none -o APT::Install-Recommends=false
  -o APT::Sandbox::User= -o Debug::NoLocking=1
)
apt-get "${private[@]}" update
apt-get "${private[@]}" --yes --download-only install "${packages[@]}"

mkdir -p "$tree/usr"
for name in bin sbin lib lib64; do
  mkdir -p "$tree/usr/$name"
  ln -s "usr/$name" "$tree/$name"
done
for package in "$apt"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar --extract --keep-directory-symlink --directory "$tree"
done
rm -rf "$tree"/usr/share/{doc,man,locale,info}
touch "$tree/complete"
rm -rf "$folder/root"
mv "$tree" "$folder/root"
