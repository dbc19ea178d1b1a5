#!/usr/bin/env bash
# test.sh [ARGUMENT...]: runs every test, and fails if one was skipped for a reason that no machine is known to have.
# RUNNER_TEST_MINUTES: after how many minutes a test that hangs is named, and all are ended (default 40).
set -euo pipefail
cd "$(dirname "$0")/.."

# What the machine or the user cannot do is a reason. What can be installed is not: `make test` installs it.
expected='only root can become another user|only root can mount, and not in every container'

log=$(mktemp)
watcher=
finish() {
  if [ -n "$watcher" ]; then kill -- "-$watcher" 2>/dev/null || true; fi
  rm -f "$log" "$log.pid"
}
trap finish EXIT

# Without it, a test that never ends is a run that says nothing until whoever called it gives up.
watch() {
  sleep $((60 * ${RUNNER_TEST_MINUTES:-40}))
  {
    echo "test.sh: the tests have run for ${RUNNER_TEST_MINUTES:-40} minutes. These have begun, and have not ended:"
    comm -23 <(grep -oP '^◇ Test \K\S+(?= started)' "$log" | sort) <(grep -oP '^[✔✘] Test \K\S+' "$log" | sort)
    echo "test.sh: the processes that are there:"
    ps -eo pid,ppid,stat,etime,wchan:20,args --forest | cut -c 1-200
  } >&2
  pkill -KILL -f "^$PWD/.build/.*[.]xctest " || true
  # Something else may hold the pipe that `swift test` reads from.
  sleep 10
  kill -KILL "$(cat "$log.pid")" 2>/dev/null || true
}
set -m
watch &
watcher=$!
set +m

# If all began at once, as they would, a program that a test waits for would get its turn only after minutes.
# `stdbuf`: `swift test` keeps the last lines until it has some thousand bytes of them.
{
  echo "$BASHPID" > "$log.pid"
  exec stdbuf -oL swift test --disable-xctest --experimental-maximum-parallelization-width $((8 * $(nproc))) "$@"
} | tee "$log"
# Lines of tests that begin, end or fail can have the word in them as well.
if grep -vE '^(◇|✔|✘|↳|±)' "$log" | grep -E '^[^ ]+ +(Test|Suite) .* skipped' | grep -vE "$expected"; then
  echo "test.sh: these tests were skipped, and should not have been" >&2
  exit 1
fi
