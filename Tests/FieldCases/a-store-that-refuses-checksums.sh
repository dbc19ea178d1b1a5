#!/usr/bin/env bash
# A store refuses the headers for checksums that came to S3 in 2022. With the switches that AWS's own programs know, and
# without them, releases and mirrors reach it.
# needs: bed
# takes: quick
. "$(dirname "$0")/lib.sh"

refusal='"fault": "answer", "status": 400, "headers": {"Content-Type": "application/xml"},
  "body": "<Error><Code>InvalidArgument</Code><Message>This header is not known here</Message></Error>"'
proxy "$AWS_ENDPOINT_URL_S3" "{\"header\": \"x-amz-checksum-sha256\", $refusal}" \
  "{\"header\": \"x-amz-checksum-mode\", $refusal}" "{\"header\": \"x-amz-sdk-checksum-algorithm\", $refusal}"
export AWS_ENDPOINT_URL_S3=$address
pipeline deploy.yml 'inputs: { store: { type: string, env: STORE }, name: { type: string } }' <<'YAML'
  - { uses: hash, with: { source: public } }
  - { uses: sync, with: { store: "${{ inputs.store }}", version: "${{ inputs.name }}" } }
YAML
pipeline mirror.yml 'inputs: { store: { type: string, env: STORE }, name: { type: string } }' <<'YAML'
  - { uses: mirror, with: { source: public, to: "${{ inputs.store }}/mirrors/${{ inputs.name }}" } }
YAML
page hello
for pipeline in deploy mirror; do ends_with 0 run $pipeline.yml -i name=found-out; done

export AWS_REQUEST_CHECKSUM_CALCULATION=when_required AWS_RESPONSE_CHECKSUM_VALIDATION=when_required
: >"$work/proxy.log"
for pipeline in deploy mirror; do ends_with 0 run $pipeline.yml -i name=told; done
must_not "with the switches no such header is sent" grep -Eiq ' \| x-amz-(checksum-|sdk-checksum)' "$work/proxy.log"
must "the bytes are protected by the signature" \
  grep -Eiq '^PUT .* \| x-amz-content-sha256: [0-9a-f]{64}' "$work/proxy.log"
