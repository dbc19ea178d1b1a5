#!/usr/bin/env bash
# Somebody deploys with gzip and checks the text of pages. A bucket sends the compressed form to everybody; the checks
# read the page that a browser would show.
# needs: bed
# takes: quick
. "$(dirname "$0")/lib.sh"

makes_distribution "/$token/releases/v1"
pipeline deploy.yml "$into_store" <<'YAML'
  - { uses: hash, with: { source: public } }
  - uses: gzip
  - { uses: sync, with: { store: "${{ inputs.store }}", version: v1 } }
YAML
pipeline good.yml 'inputs: { site: { type: string } }' 'concurrency: none' <<'YAML'
  - uses: smoke
    with:
      checks:
        - { url: "${{ inputs.site }}/", contains: "the end of the page</body>" }
        - { url: "${{ inputs.site }}/", not-contains: "stack trace" }
        - { url: "${{ inputs.site }}/data.json", json: { release: v1 } }
  - { uses: wait, with: { url: "${{ inputs.site }}/", contains: "the end of the page</body>" }, timeout: 1m }
YAML
pipeline bad.yml 'inputs: { site: { type: string } }' 'concurrency: none' <<'YAML'
  - uses: smoke
    with: { url: "${{ inputs.site }}/error.html", not-contains: "stack trace" }
    retry: { attempts: 1 }
YAML
many=$(printf 'a line that is there a hundred times\n%.0s' {1..100})
page "$many the end of the page"
page "$many stack trace" error.html
printf '{"release": "v1", "text": "%s"}' "$(tr '\n' ' ' <<<"$many")" >public/data.json

ends_with 0 run deploy.yml
encoding=$(curl --silent --head "$site/" | tr -d '\r' | sed -n 's/^content-encoding: //Ip')
must "the page is sent compressed to who did not ask for it" [ "$encoding" = gzip ]
ends_with 0 run good.yml -i "site=$site"
ends_with 1 run bad.yml -i "site=$site"
