#!/usr/bin/env bash
# A store keeps an object to itself unless it was sent with an ACL. A rule sends one with the site's files, and not with
# the runner's own records.
# needs: bed
# takes: quick
. "$(dirname "$0")/lib.sh"

proxy "$AWS_ENDPOINT_URL_S3"
export AWS_ENDPOINT_URL_S3=$address
pipeline deploy.yml 'inputs: { store: { type: string, env: STORE }, release: { type: string } }' <<'YAML'
  - uses: sync
    with:
      source: public
      store: "${{ inputs.store }}/releases-of-all"
      version: "${{ inputs.release }}"
      headers: [{ match: "**", headers: { x-amz-acl: public-read } }]
  - uses: mirror
    with:
      source: public
      to: "${{ inputs.store }}/mirror"
      headers: [{ match: "**", headers: { x-amz-acl: public-read } }]
    rollback: false
YAML
page home
page about about.html
ends_with 0 run deploy.yml -i release=v1
# The second release copies a file, and a copy has an ACL of its own.
page "another home"
ends_with 0 run deploy.yml -i release=v2

grep '^PUT ' "$work/proxy.log" | grep -v '/\.runner/' >files
grep '^PUT ' "$work/proxy.log" | grep '/\.runner/' >records
must "files of both kinds are sent" [ "$(wc -l <files)" -ge 6 ]
must_not "each file of the site has the ACL" grep -Eivq ' \| x-amz-acl: public-read' files
must "there are records" test -s records
must_not "no record has the ACL" grep -Eiq ' \| x-amz-acl' records
