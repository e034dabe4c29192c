#!/usr/bin/env bash
# Checks the scrape configuration and the rules, and runs the rules' unit tests, with promtool: the one of
# tests/support/prometheus/fetch.sh where it was run, otherwise the one on the PATH.
set -euo pipefail
cd "$(dirname "$0")"
promtool=${PROMETHEUS_DIR:-$HOME/.cache/face-age/prometheus}/promtool
[ -x "$promtool" ] || promtool=$(command -v promtool) || {
  echo "There is no promtool; run tests/support/prometheus/fetch.sh or install Prometheus." >&2
  exit 127
}
# Without --syntax-only it looks for the file of the token, which only Compose provides.
"$promtool" check config --syntax-only prometheus.yaml
"$promtool" check rules rules/*.yaml
"$promtool" test rules tests/*.yaml
