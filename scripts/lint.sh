#!/usr/bin/env bash
# Checks what needs no build: Swift's layout, the shell scripts, the example site's links, stray white space.
set -euo pipefail
cd "$(dirname "$0")/.."

swift format lint --strict --recursive --parallel Package.swift Sources Tests Examples
shellcheck .ci/run scripts/*.sh Tests/FieldCases/*.sh
python3 scripts/check-site.py Examples/site/public
if git grep -nIE '[[:space:]]+$|^(<<<<<<<|>>>>>>>) ' -- . ':!*.md' ':!Tests/BrokenPipelines' ':!Tests/Fixtures'; then
  echo "lint: the lines above end in white space or are left from a merge" >&2
  exit 1
fi
echo "lint: clean"
