#!/usr/bin/env bash
# A store answers each copy that speaks of an object's tags with "not implemented", as Cloudflare R2 does. Releases are
# completed there, and the next one copies what has not changed.
# needs: bed
# takes: quick
. "$(dirname "$0")/lib.sh"

proxy "$AWS_ENDPOINT_URL_S3" '{"fault": "answer", "header": "x-amz-tagging-directive", "status": 501,
  "headers": {"Content-Type": "application/xml"}, "body": "<Error><Code>NotImplemented</Code><Message>No tags here</Message></Error>"}'
export AWS_ENDPOINT_URL_S3=$address
pipeline deploy.yml 'inputs: { store: { type: string, env: STORE }, release: { type: string } }' <<'YAML'
  - { uses: hash, with: { source: public } }
  - uses: gzip
  - { uses: sync, with: { store: "${{ inputs.store }}", version: "${{ inputs.release }}" } }
YAML
page home
page about about.html
ends_with 0 run deploy.yml -i release=v1
page "another home"
ends_with 0 run deploy.yml -i release=v2
says "that one file was sent and one copied" '1 sent \([^)]*\), 1 copied'
