#!/usr/bin/env bash
# Checks new random heaps against DevTools: tests/oracle/check-adversarial.sh FROM TO [NODES]
# For each seed it makes a heap and the same heap later, asks DevTools everything the committed answers
# hold, and compares. Needs Node 20 or newer and zstd.
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: $0 FROM TO [NODES]" >&2; exit 2; }
from=$1 to=$2 nodes=${3:-1500}
cd "$(dirname "$0")"

[ -d node_modules/chrome-devtools-frontend ] || npm ci --no-audit --no-fund
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/snapshots"

for ((seed = from; seed <= to; seed++)); do
    node adversarial.mjs "$work/snapshots/$seed.heapsnapshot" "$seed" "$nodes"
    node adversarial.mjs "$work/snapshots/$seed-later.heapsnapshot" "$seed" "$nodes" 1
done
node make-goldens.mjs "$work/snapshots" "$work/golden" >"$work/log"
zstd -q -1 --rm "$work"/golden/*.json

HEAPLENS_FRESH=$work cargo test --no-default-features --test it fresh_random_heaps -- --ignored --nocapture
