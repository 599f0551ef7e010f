#!/usr/bin/env bash
# Makes tests/golden anew from the committed snapshots: tests/oracle/make-goldens.sh
# Needs Node 20 or newer and zstd. DevTools' code comes from npm, pinned by package-lock.json.
set -euo pipefail
cd "$(dirname "$0")"
tests=$PWD/..

[ -d node_modules/chrome-devtools-frontend ] || npm ci --no-audit --no-fund
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/snapshots"

for packed in "$tests"/fixtures/*/*.zst; do
    zstd -q -d "$packed" -o "$work/snapshots/$(basename "$packed" .zst)"
done
demo=$tests/../assets/demo
zstd -q -d "$demo/leak-0-0.heapsnapshot.zst" -o "$work/snapshots/leak-0-0.heapsnapshot"
zstd -q -d --long=27 --patch-from="$work/snapshots/leak-0-0.heapsnapshot" \
    "$demo/leak-2-20k.heapsnapshot.patch.zst" -o "$work/snapshots/leak-2-20k.heapsnapshot"

node make-goldens.mjs "$work/snapshots" "$work/golden"
mv "$work/golden/window.json" "$tests/window/answers.json"
zstd -q -19 --rm "$work"/golden/*.json
rm -f "$tests"/golden/*.json.zst
mkdir -p "$tests/golden"
mv "$work"/golden/*.json.zst "$tests/golden/"
