#!/usr/bin/env bash
# A CI system clones one commit and no tags. The commit has a tag, but the release is named by the `fallback`: the run
# says that the clone is shallow and may lack tags.
# needs: git
# takes: quick
. "$(dirname "$0")/lib.sh"

pipeline deploy.yml 'inputs: { fallback: { type: string } }' <<'YAML'
  - { uses: git-tag, with: { match: "v*", fallback: "${{ inputs.fallback }}" } }
  - { uses: hash, with: { source: public } }
  - { uses: sync, with: { store: ../store } }
YAML
page hello
commit one v1.0.0
git clone --quiet --depth 1 --no-tags "file://$PWD" ../clone
cd ../clone
for fallback in commit describe; do
  ends_with 0 run deploy.yml -i fallback=$fallback
  says "that tags may be missing" 'shallow.*tags|tags.*shallow'
done
