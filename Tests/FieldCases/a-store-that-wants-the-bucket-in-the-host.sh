#!/usr/bin/env bash
# A store answers only requests whose host begins with the bucket's name. The profile says so as it does for AWS's own
# programs, and the upload reaches the store.
# needs: bed
# takes: quick
. "$(dirname "$0")/lib.sh"

proxy "$AWS_ENDPOINT_URL_S3" "{\"fault\": \"answer\", \"unless\": [\"Host\", \"^$S3_BUCKET\\\\.s3\\\\.localhost(:|$)\"], \"status\": 403,
  \"headers\": {\"Content-Type\": \"application/xml\"},
  \"body\": \"<Error><Code>SecondLevelDomainForbidden</Code><Message>The bucket goes into the host</Message></Error>\"}"
export AWS_ENDPOINT_URL_S3=http://s3.localhost:${address##*:} AWS_CONFIG_FILE=$work/aws.config
cat >"$AWS_CONFIG_FILE" <<'END_OF_CONFIG'
[default]
region = us-east-1
s3 =
    addressing_style = virtual
END_OF_CONFIG
pipeline mirror.yml "$into_store" <<'YAML'
  - { uses: mirror, with: { source: public, to: "${{ inputs.store }}" } }
YAML
page hello
ends_with 0 run mirror.yml
must "the file is sent to the bucket's own host" \
  grep -Eiq "^PUT /$token/index\.html.* \| host: $S3_BUCKET\.s3\.localhost" "$work/proxy.log"
