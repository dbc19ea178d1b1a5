#!/usr/bin/env bash
# A CI job is killed when visitors have its release already and before its checks, and its machine is gone with the run's
# journal. The next job, on a new machine, does what belongs to a change, although it finds its own release live. If its
# check fails, visitors do not keep a release that nobody has found good: they get the last good one, also if the next job
# brings a newer release. If there is no good one, the job ends with 3.
# takes: quick
. "$(dirname "$0")/lib.sh"

mkdir store
serves store/current
# shellcheck disable=SC2016 # the runner expands them
pipeline deploy.yml 'inputs: { release: { type: string }, site: { type: string }, wanted: { type: string }, stalls: { type: boolean, default: false } }' \
  'with: { store: store, version: "${{ inputs.release }}" }' <<'YAML'
  - { uses: hash, with: { source: public } }
  - uses: sync
  - { id: switch, uses: switch-origin }
  - { uses: exec, with: { command: [sh, -c, "touch stalled; sleep 1000"] }, if: inputs.stalls }
  - { uses: exec, with: { command: [touch, dropped] }, if: steps.switch.outputs.changed, rollback: false }
  - { uses: smoke, with: { url: "${{ inputs.site }}/", contains: "${{ inputs.wanted }}" }, retry: { attempts: 1 } }
YAML
# deploy STATUS RELEASE WANTED: on a new machine.
deploy() {
  page "$2"
  rm -rf .runner dropped
  ends_with "$1" run deploy.yml -i "release=$2" -i "site=$address" -i "wanted=$3"
}
# killed RELEASE: visitors have it, and its journal is gone.
killed() {
  page "$1"
  rm -f stalled
  setsid "$RUNNER" run deploy.yml -i "release=$1" -i "site=$address" -i "wanted=$1" -i stalls=true >"$work/said" 2>&1 &
  local runner=$!
  waits_for [ -e stalled ]
  kill -s KILL -- -$runner
  wait $runner 2>/dev/null || true
  is_live "$1"
}
# There is nothing to go back to.
killed v0
deploy 3 v0 'no such text'
says 'which run left it so' 'v0 was switched to by run [^ ]*, which did not end'
is_live v0
deploy 0 v1 v1

killed v2
deploy 0 v2 v2
must 'what belongs to a change is done' [ -e dropped ]
says 'which run left it so' 'v2 was switched to by run [^ ]*, which did not end'
is_live v2
deploy 0 v2 v2
must_not 'a release whose run has ended is not live anew' [ -e dropped ]

killed v3
deploy 1 v3 'no such text'
is_live v2
says 'what visitors have' 'visitors have v2 again \(before: v3\)'

killed v4
deploy 1 v5 'no such text'
is_live v2
deploy 0 v2 v2
must_not 'v2 was found good before' [ -e dropped ]
