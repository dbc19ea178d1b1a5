#!/usr/bin/env bash
# lock-requirements.sh: writes each requirements.txt from the requirements.in beside it: the newest versions that fit,
# all that they need, and the hash of every file that the index has of each, for every processor. Needs the network.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check pip-tools==7.6.2
for folder in Tests/TestBed bench; do
  # The header must be the same wherever this is typed.
  (cd "$folder" && CUSTOM_COMPILE_COMMAND=scripts/lock-requirements.sh "$tools/bin/pip-compile" --quiet --upgrade \
    --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
    --output-file requirements.txt requirements.in)
done
