#!/usr/bin/env bash
# A CI job is killed while a distribution takes the new release, and its machine is gone with the run's journal. The next
# job, on a new machine, makes the same version live, and after it a newer one. On the machine that was killed, `recover`
# takes the run to its end.
# needs: bed
# takes: long
. "$(dirname "$0")/lib.sh"

makes_distribution /old
cat >deploy.yml <<'YAML'
version: 1
name: deploy
inputs: { store: { type: string, env: STORE }, distribution: { type: string }, release: { type: string } }
with: { store: "${{ inputs.store }}", distribution: "${{ inputs.distribution }}", version: "${{ inputs.release }}" }
steps:
  - { uses: hash, with: { source: public } }
  - uses: sync
  - uses: switch-origin
  - uses: invalidate
YAML
is_at() {
  must "the distribution is at $1: $(python3 "$cases/lib.py" origins "$distribution")" \
    grep -q "^site .*/releases/$1\$" <(python3 "$cases/lib.py" origins "$distribution")
}
# kill_deploy RELEASE: ends the runner when it asks whether every edge has the release.
kill_deploy() {
  page "$1"
  proxy "$AWS_ENDPOINT_URL_CLOUDFRONT" '{"fault": "stall", "method": "GET", "path": "/distribution/[A-Z0-9]+$", "seconds": 60}'
  AWS_ENDPOINT_URL_CLOUDFRONT=$address "$RUNNER" run deploy.yml -i "distribution=$distribution" -i "release=$1" \
    >"$work/said" 2>&1 &
  local runner=$!
  asks_after_its_change() {
    grep -q '^PUT' "$work/proxy.log" && tail -n 1 "$work/proxy.log" | grep -Eq '^GET [^ ]*/distribution/[A-Z0-9]+ '
  }
  waits_for asks_after_its_change
  kill -s KILL $runner
  wait $runner 2>/dev/null || true
  is_at "$1"
}
page v1
ends_with 0 run deploy.yml -i "distribution=$distribution" -i release=v1
is_at v1

kill_deploy v2
mv .runner gone
for release in v2 v3; do
  page $release
  ends_with 0 run deploy.yml -i "distribution=$distribution" -i release=$release
  is_at $release
done

kill_deploy v4
ends_with 0 recover
is_at v4
ends_with 0 run deploy.yml -i "distribution=$distribution" -i release=v4
