#!/usr/bin/env bash
# A CI job is killed while a distribution takes the new release, and its machine is gone with the run's journal. The next
# job, on a new machine, finishes that run, and still drops the caches and makes its checks itself. If its check fails,
# the distribution goes back to the last good release. A newer release rests on the one that has been finished.
# needs: bed
# takes: long
. "$(dirname "$0")/lib.sh"

makes_distribution /old
cat >deploy.yml <<'YAML'
version: 1
name: deploy
inputs: { store: { type: string, env: STORE }, distribution: { type: string }, release: { type: string }, site: { type: string }, wanted: { type: string } }
with: { store: "${{ inputs.store }}", distribution: "${{ inputs.distribution }}", version: "${{ inputs.release }}" }
steps:
  - { uses: hash, with: { source: public } }
  - uses: sync
  - { id: switch, uses: switch-origin }
  - { uses: invalidate, if: steps.switch.outputs.changed }
  - { uses: smoke, with: { url: "${{ inputs.site }}/", contains: "${{ inputs.wanted }}" }, retry: { attempts: 1 } }
YAML
direct=$AWS_ENDPOINT_URL_CLOUDFRONT
# deploy STATUS RELEASE WANTED: on a new machine. Its requests of CloudFront are in proxy.log.
deploy() {
  page "$2"
  rm -rf .runner
  proxy "$direct"
  AWS_ENDPOINT_URL_CLOUDFRONT=$address ends_with "$1" run deploy.yml -i "distribution=$distribution" -i "release=$2" \
    -i "site=$site" -i "wanted=$3"
}
killed() {
  rm -rf .runner
  kills_at_the_edges "$direct" "$1" -i "site=$site" -i "wanted=$1"
}
has_dropped_caches() { grep -Eq '^POST [^ ]*/invalidation ' "$work/proxy.log"; }

deploy 0 v1 v1
killed v2
deploy 0 v2 v2
must 'the caches are dropped' has_dropped_caches
is_at v2
deploy 0 v2 v2
must_not 'there is nothing to drop any more' has_dropped_caches
killed v3
deploy 1 v3 'no such text'
is_at v2
killed v4
deploy 1 v5 'no such text'
is_at v4
