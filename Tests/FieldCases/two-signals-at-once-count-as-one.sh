#!/usr/bin/env bash
# Somebody presses Ctrl-C once, and a wrapper passes the signal on, so that it arrives twice within a moment. It counts as
# one: the run is rolled back to its end.
# takes: quick
. "$(dirname "$0")/lib.sh"

cat >deploy.yml <<'YAML'
version: 1
name: deploy
inputs: { release: { type: string }, pause: { type: string } }
with: { store: store, version: "${{ inputs.release }}" }
steps:
  - { uses: hash, with: { source: public } }
  - uses: sync
  - uses: switch-origin
  - uses: exec
    with: { run: 'touch "begun-$RELEASE"; sleep "$PAUSE"' }
    env: { PAUSE: "${{ inputs.pause }}", RELEASE: "${{ inputs.release }}" }
    # As long as a distribution takes for its first answer.
    rollback: { steps: [{ uses: exec, with: { run: sleep 1 } }] }
YAML
page hello
ends_with 0 run deploy.yml -i release=v1 -i pause=0
# In a group of its own a child gets a Ctrl-C; otherwise bash lets it ignore the signal.
set -m
number=1
for signals in "INT INT" "INT TERM" "INT INT INT"; do
  number=$((number + 1))
  "$RUNNER" run deploy.yml -i release=v$number -i pause=60 >"$work/said" 2>&1 &
  runner=$!
  waits_for test -e begun-v$number
  must "v$number is live before the signals" [ "$(readlink store/current)" = releases/v$number ]
  for signal in $signals; do
    kill -s "$signal" $runner
    sleep 0.05
  done
  ended=0
  wait $runner || ended=$?
  must "$signals: it ends with 130, and not with $ended" [ $ended = 130 ]
  is_live v1
done
