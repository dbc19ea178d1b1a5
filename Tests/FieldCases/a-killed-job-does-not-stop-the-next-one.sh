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
page v1
ends_with 0 run deploy.yml -i "distribution=$distribution" -i release=v1
is_at v1

kills_at_the_edges "$AWS_ENDPOINT_URL_CLOUDFRONT" v2
mv .runner gone
for release in v2 v3; do
  page $release
  ends_with 0 run deploy.yml -i "distribution=$distribution" -i release=$release
  is_at $release
done

kills_at_the_edges "$AWS_ENDPOINT_URL_CLOUDFRONT" v4
ends_with 0 recover
is_at v4
ends_with 0 run deploy.yml -i "distribution=$distribution" -i release=v4
