#!/usr/bin/env bash
# Installs what sdk-tests needs on a bare Debian machine; quick and silent when everything is there.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../sdk-tests"

say() { printf 'setup-tests: %s\n' "$*"; }

# --- Debian packages: a browser, a Java runtime for OpenAPI Generator, curl, Node.js and Python's venv.
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v java >/dev/null || missing+=(default-jre-headless)
command -v valgrind >/dev/null || missing+=(valgrind)
command -v curl >/dev/null || missing+=(curl)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
command -v python3 >/dev/null || missing+=(python3)
# For the package: a container with systemd, what Debian checks packages with, and the shells that complete commands.
command -v systemd-nspawn >/dev/null || missing+=(systemd-container)
command -v adduser >/dev/null || missing+=(adduser)
command -v dpkg-shlibdeps >/dev/null || missing+=(dpkg-dev)
command -v lintian >/dev/null || missing+=(lintian)
command -v mandoc >/dev/null || missing+=(mandoc)
command -v openssl >/dev/null || missing+=(openssl)
command -v zsh >/dev/null || missing+=(zsh)
command -v fish >/dev/null || missing+=(fish)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)

if ((${#missing[@]})); then
  say "installing Debian packages: ${missing[*]}"
  as_root=()
  if ((EUID != 0)); then as_root=(sudo); fi
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get update -qq </dev/null
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
fi

if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)'; then
  say "Node.js 20 or newer is needed, found $(node --version)" >&2
  exit 1
fi

# A stamp beside each installation holds the checksum of the lock file that it was made from.
up_to_date() { [[ -f $1 && $(cat "$1") == "$(sha256sum <"$2")" ]]; }
stamp() { sha256sum <"$2" >"$1"; }

# --- npm packages, exactly as locked.
if ! up_to_date node_modules/.lock-checksum package-lock.json; then
  say "installing npm packages"
  npm ci --loglevel=error </dev/null
  stamp node_modules/.lock-checksum package-lock.json
fi

# --- Python packages, exactly as locked, in a virtual environment of their own.
if ! up_to_date .venv/.lock-checksum requirements.txt || ! .venv/bin/python -c '' 2>/dev/null; then
  say "installing Python packages"
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps \
    --requirement requirements.txt </dev/null
  .venv/bin/python -m pip check --quiet --disable-pip-version-check >/dev/null
  stamp .venv/.lock-checksum requirements.txt
fi

# --- The examples. Their tests run the commands of their READMEs, which then find everything here or in the caches.
for example in node python; do
  (
    cd ../examples/$example
    # Not inside node_modules, which these commands make anew each time.
    up_to_date .npm-checksum package-lock.json && exit
    say "fetching npm packages of examples/$example"
    npm ci --loglevel=error </dev/null >/dev/null
    stamp .npm-checksum package-lock.json
  )
done
(
  cd ../examples/python
  up_to_date .venv/.lock-checksum requirements.txt && .venv/bin/python -c '' 2>/dev/null && exit
  say "installing Python packages of examples/python"
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check --no-input --requirement requirements.txt </dev/null
  stamp .venv/.lock-checksum requirements.txt
)

say "ready"
