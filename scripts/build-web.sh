#!/usr/bin/env bash
# Builds the pages that the program serves, unless nothing has changed since. With --if-possible it is no fault that
# the machine has no Node.js: the program then says how to get the pages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../web"

say() { printf 'build-web: %s\n' "$*"; }

good_node() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)'
}

if ! good_node; then
  say "the pages need Node.js 20.19 or 22.12 or newer, with npm" >&2
  if [[ ${1-} == --if-possible ]]; then
    say "going on without them" >&2
    exit 0
  fi
  exit 1
fi

# A stamp holds the checksum of what something was made from.
up_to_date() { [[ -f $1 && $(cat "$1") == "$2" ]]; }

lock=$(sha256sum <package-lock.json)
if ! up_to_date node_modules/.lock-checksum "$lock"; then
  say "installing npm packages"
  npm ci --loglevel=error </dev/null >/dev/null
  echo "$lock" >node_modules/.lock-checksum
fi

sources=$(find . -path ./node_modules -prune -o -path ./dist -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
if ! up_to_date dist/pages/.sources-checksum "$sources"; then
  say "building the pages"
  npm run --silent build -- --logLevel warn </dev/null
  echo "$sources" >dist/pages/.sources-checksum
fi
