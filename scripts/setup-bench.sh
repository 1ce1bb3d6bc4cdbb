#!/usr/bin/env bash
# Installs what the benchmarks of calls need: the rival (Debian's Janus) and network namespaces. Quick when all is there.
set -euo pipefail

missing=()
command -v janus >/dev/null || missing+=(janus)
command -v ip >/dev/null || missing+=(iproute2)
if ((${#missing[@]})); then
    if ! command -v apt-get >/dev/null; then
        echo "setup-bench: please install: ${missing[*]}" >&2
        exit 1
    fi
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
