#!/usr/bin/env bash
# test.sh [ARGUMENT...]: runs every test, and fails if one was skipped for a reason that no machine is known to have.
# Without an argument, the tests whose names end in InTime run before all others, one by one.
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
  pkill -KILL -f "^$PWD/.build-tests/.*[.]xctest " || true
  # Something else may hold the pipe that `swift test` reads from.
  sleep 10
  kill -KILL "$(cat "$log.pid")" 2>/dev/null || true
}
set -m
watch &
watcher=$!
set +m

. scripts/test-build.sh
# Runs `swift test`; what it says is in the log as well.
# `stdbuf`: `swift test` keeps the last lines until it has some thousand bytes of them.
run() {
  {
    echo "$BASHPID" > "$log.pid"
    exec stdbuf -oL swift test --disable-xctest "${test_build[@]}" "$@"
  } | tee -a "$log"
}

missed=
if [ $# = 0 ]; then
  # A deadline that users are promised is that of a machine that has nothing else to do.
  run --no-parallel --filter 'InTime\(' || missed=yes
  set -- --skip 'InTime\('
fi
# If all began at once, as they would, a program that a test waits for would get its turn only after minutes.
run --experimental-maximum-parallelization-width $((8 * $(nproc))) "$@"
# Lines of tests that begin, end or fail can have the word in them as well.
if grep -vE '^(◇|✔|✘|↳|±)' "$log" | grep -E '^[^ ]+ +(Test|Suite) .* skipped' | grep -vE "$expected"; then
  echo "test.sh: these tests were skipped, and should not have been" >&2
  exit 1
fi
if [ -n "$missed" ]; then
  echo "test.sh: a test of the first run above, of promised times, failed" >&2
  exit 1
fi
