#!/usr/bin/env bash
# Somebody wants /guide sent to /guide/latest/ by a bucket's website endpoint. The bucket has keys below guide/ as well,
# which is no clash: a bucket has no folders.
# needs: bed
# takes: quick
. "$(dirname "$0")/lib.sh"

pipeline deploy.yml "$into_store" <<'YAML'
  - { uses: hash, with: { source: public } }
  - { uses: sync, with: { store: "${{ inputs.store }}", version: v1, redirects: { guide: /guide/latest/ } } }
YAML
page hello guide/latest/index.html
ends_with 0 run deploy.yml

# The bed's bucket does not say where a redirect leads.
objects releases/v1/ | cut -f 1,2 >found
must "there is an empty object for the redirect: $(cat found)" grep -qx $'guide\t0' found
must "the page is there: $(cat found)" grep -q '^guide/latest/index.html' found
