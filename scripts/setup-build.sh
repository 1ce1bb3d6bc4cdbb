#!/usr/bin/env bash
# Installs what the build needs and is not there yet. Quick when all is there.
set -euo pipefail

missing=()
command -v cc >/dev/null || missing+=(build-essential)
command -v make >/dev/null || missing+=(make)
command -v c++ >/dev/null || missing+=(g++)
command -v cmake >/dev/null || missing+=(cmake)
command -v git >/dev/null || missing+=(git)
if ((${#missing[@]})); then
    if ! command -v apt-get >/dev/null; then
        echo "setup-build: please install: ${missing[*]}" >&2
        exit 1
    fi
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

if ! command -v cargo >/dev/null; then
    echo "setup-build: there is no Rust toolchain; install rustup (https://rustup.rs), it then takes the version of rust-toolchain.toml" >&2
    exit 1
fi
