#!/usr/bin/env bash
# Looks at packaging/Dockerfile and packaging/compose.yaml without a container engine: lints, the schema of compose files,
# and whether a build would find what it copies. It does not build an image.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The tools, exactly as locked, in a virtual environment of their own.
tools=.tools/packaging
lock=packaging/test/requirements.txt
if [[ ! -f $tools/.lock-checksum || $(cat $tools/.lock-checksum) != "$(sha256sum <$lock)" ]]; then
  echo "container-test: installing the tools it looks with"
  rm -rf $tools
  python3 -m venv $tools
  $tools/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --requirement $lock </dev/null
  sha256sum <$lock >$tools/.lock-checksum
fi

$tools/bin/hadolint --no-color packaging/Dockerfile
$tools/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec packaging/compose.yaml
$tools/bin/python packaging/test/container.py
