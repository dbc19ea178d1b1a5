#!/usr/bin/env bash
# test.sh [ARGUMENT...]: runs every test, and fails if one was skipped for a reason that no machine is known to have.
set -euo pipefail
cd "$(dirname "$0")/.."

# What the machine or the user cannot do is a reason. What can be installed is not: `make test` installs it.
expected='only root can become another user|only root can mount, and not in every container'

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# If all began at once, as they would, a program that a test waits for would get its turn only after minutes.
swift test --disable-xctest --experimental-maximum-parallelization-width $((8 * $(nproc))) "$@" | tee "$log"
# Lines of tests that begin, end or fail can have the word in them as well.
if grep -vE '^(◇|✔|✘|↳|±)' "$log" | grep -E '^[^ ]+ +(Test|Suite) .* skipped' | grep -vE "$expected"; then
  echo "test.sh: these tests were skipped, and should not have been" >&2
  exit 1
fi
