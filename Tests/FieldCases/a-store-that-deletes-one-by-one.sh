#!/usr/bin/env bash
# A store refuses to delete many objects at once: it wants a Content-MD5 with the request, or does not know the request.
# What `prune`, `mirror` and a rollback must delete goes all the same.
# needs: bed
# takes: quick
. "$(dirname "$0")/lib.sh"

cat >deploy.yml <<'YAML'
version: 1
name: deploy
inputs: { store: { type: string, env: STORE }, name: { type: string }, release: { type: string }, bad: { type: boolean, default: false } }
with: { store: "${{ inputs.store }}/${{ inputs.name }}", version: "${{ inputs.release }}" }
steps:
  - { uses: hash, with: { source: public } }
  - uses: sync
  - { uses: exec, if: inputs.bad, with: { run: "exit 1" }, rollback: false }
YAML
pipeline prune.yml 'inputs: { store: { type: string, env: STORE }, name: { type: string } }' <<'YAML'
  - { uses: prune, with: { store: "${{ inputs.store }}/${{ inputs.name }}", keep: 1, min-age: 0s }, rollback: false }
YAML
pipeline mirror.yml 'inputs: { store: { type: string, env: STORE }, name: { type: string } }' <<'YAML'
  - { uses: mirror, with: { source: public, to: "${{ inputs.store }}/${{ inputs.name }}-mirror", delete: true } }
YAML
direct=$AWS_ENDPOINT_URL_S3
# try NAME ANSWER: a store of that name, whose server gives the answer.
try() {
  local rule="{\"fault\": \"answer\", \"method\": \"POST\", \"path\": \"[?&]delete\", $2,
    \"headers\": {\"Content-Type\": \"application/xml\"}}"
  export AWS_ENDPOINT_URL_S3=$direct
  page home
  page old old.html
  for release in v1 v2; do ends_with 0 run deploy.yml -i "name=$1" -i release=$release; done
  ends_with 0 run mirror.yml -i "name=$1"

  proxy "$direct" "$rule"
  export AWS_ENDPOINT_URL_S3=$address
  ends_with 0 run prune.yml -i "name=$1"
  ends_with 0 run deploy.yml -i "name=$1" -i release=v3
  ends_with 1 run deploy.yml -i "name=$1" -i release=v4 -i bad=true
  rm public/old.html
  ends_with 0 run mirror.yml -i "name=$1"

  objects "$1" | cut -f 1 >found
  must_not "$1: v1 is pruned" grep -q '^/releases/v1/' found
  must "$1: v2 and v3 are there" [ "$(grep -Ec '^/releases/v[23]/' found)" = 4 ]
  must_not "$1: v4 is taken back" grep -q '^/releases/v4/' found
  must "$1: the page is in the mirror" grep -qx -- '-mirror/index.html' found
  must_not "$1: the old page is not" grep -qx -- '-mirror/old.html' found
}
try wants-md5 '"status": 400, "unless": ["Content-MD5", "."],
  "body": "<Error><Code>MissingContentMD5</Code><Message>Content-MD5, please</Message></Error>"'
try knows-no-such-request '"status": 501, "body": "<Error><Code>NotImplemented</Code><Message>Not here</Message></Error>"'
