#!/usr/bin/env bash
# Runs every part of the SDK tests, or only those named: run.sh node browser
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"

program=${GREENROOM_BIN:-../target/debug/greenroom}
if [[ ! -x $program ]]; then
  echo "run.sh: no program at $program: build it, or set GREENROOM_BIN" >&2
  exit 1
fi
GREENROOM_BIN=$(realpath "$program")
export GREENROOM_BIN
if [[ ! -x .venv/bin/python || ! -d node_modules ]]; then
  echo "run.sh: run scripts/setup-tests.sh first" >&2
  exit 1
fi

node_tests() { node --test --test-reporter=spec --test-timeout=120000 "$@"; }
# Each file is one browser with several people in it, encoding and decoding.
call_tests() { node --test --test-reporter=spec --test-timeout=300000 --test-concurrency=2 "$@"; }
# One file after the other: what a page shows depends on pictures that come in time.
page_tests() { node --test --test-reporter=spec --test-timeout=600000 --test-concurrency=1 "$@"; }
py_tests() { .venv/bin/python -m pytest "$@"; }

# In the order in which a failure tells most: the document, the SDKs, made-up requests, the browser.
declare -A commands=(
  [lib]="node_tests lib/*.test.mjs"
  [document]="node_tests openapi/*.test.mjs"
  [node]="node_tests node/*.test.mjs"
  [python]="py_tests python"
  [schema]="py_tests openapi"
  [browser]="node_tests --test-concurrency=3 browser/*.test.mjs"
  [call]="call_tests browser/call/*.test.mjs"
  [pages]="page_tests browser/pages/*.test.mjs"
  [janus]="call_tests browser/janus/*.test.mjs"
  [examples]="call_tests examples/*.test.mjs"
  [secrets]="node check-secrets.mjs"
)
parts=("$@")
if ((${#parts[@]} == 0)); then parts=(lib document node python schema browser call pages janus examples secrets); fi

# What a part said of its failed tests: each error with what its pages showed.
failures_in() { awk '/^✖ failing tests/ { exit } /^(✔|﹣|ℹ tests )/ { told = 0 } /^(✖ |=+ (FAILURES|ERRORS) )/ { told = 1 } told' "$1"; }

rm -rf output
mkdir -p output/parts
export HYPOTHESIS_STORAGE_DIRECTORY=$PWD/output/hypothesis

failed=()
summary=()
for part in "${parts[@]}"; do
  command=${commands[$part]-}
  if [[ -z $command ]]; then
    echo "run.sh: no part $part; there are: ${!commands[*]}" >&2
    exit 2
  fi
  printf '\n=== %s\n' "$part"
  begun=$SECONDS
  if eval "$command" </dev/null 2>&1 | tee "output/parts/$part.log"; then result=ok; else result=FAILED failed+=("$part"); fi
  summary+=("$(printf '%-10s %-7s %4d s' "$part" "$result" $((SECONDS - begun)))")
done

printf '\n=== SDK tests\n'
printf '%s\n' "${summary[@]}"
for part in "${failed[@]}"; do
  printf '\n=== what failed in %s\n' "$part"
  failures_in "output/parts/$part.log" | head -n 300
done
((${#failed[@]} == 0))
