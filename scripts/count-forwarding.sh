#!/usr/bin/env bash
# Counts the instructions that a shard spends on each packet it sends on, and fails above a bound.
# Needs valgrind. Built as for development, in which str0m and the shard are optimised, and with the whole workspace: by
# itself it would have its libraries built once more.
set -euo pipefail

# 17,500 with str0m 0.25.0, of which our own code is a small part; the bound leaves a tenth for what
# compilers and processors differ in.
BOUND=${BOUND:-19000}

cd "$(dirname "$0")/.."
bench=$(cargo build --quiet --workspace --all-targets --locked --message-format=json |
  sed -n 's/.*"executable":"\([^"]*forwarding-[^"]*\)".*/\1/p' | tail -n 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

valgrind --tool=callgrind --callgrind-out-file="$work/out" \
  --collect-atstart=no --toggle-collect='*counted_shard_work*' \
  "$bench" >"$work/said" 2>"$work/log"
packets=$(sed -n 's/^\([0-9]*\) packets$/\1/p' "$work/said")
instructions=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$work/log")
each=$((instructions / packets))
echo "$each instructions for each of $packets forwarded packets (bound: $BOUND)"
[ "$each" -le "$BOUND" ]
