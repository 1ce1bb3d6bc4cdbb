#!/usr/bin/env bash
# Runs cargo-deny in one pinned version, built once into .tools.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.20.2
tool=.tools/cargo-deny-$version/bin/cargo-deny
if [ ! -x "$tool" ]; then
    echo "building cargo-deny $version (once; a few minutes)"
    cargo install cargo-deny --locked --version "$version" --root ".tools/cargo-deny-$version" --quiet
fi
exec "$tool" "$@"
