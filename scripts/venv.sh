#!/usr/bin/env bash
# venv.sh REQUIREMENTS: brings .venv up to date with a list of Python packages, each with its hash; quick when it is.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=.venv/$(tr / - <<<"$1").done
if cmp -s "$1" "$stamp"; then exit 0; fi
[ -x .venv/bin/pip ] || python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement "$1"
cp "$1" "$stamp"
