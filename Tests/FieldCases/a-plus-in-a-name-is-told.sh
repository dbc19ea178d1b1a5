#!/usr/bin/env bash
# A bundler writes a file with a `+` in its name. S3 reads the `+` of an address as a space, so that a browser does not get
# the file. The deploy says which file that is.
# needs: bed curl
# takes: quick
. "$(dirname "$0")/lib.sh"

makes_distribution "/$token/releases/v1"
pipeline deploy.yml "$into_store" <<'YAML'
  - { uses: hash, with: { source: public } }
  - { uses: sync, with: { store: "${{ inputs.store }}", version: v1 } }
YAML
page '<script src="/chunks/list+detail.js"></script>'
page plain 'a page (1) & more.html'
mkdir public/chunks
echo 'export {}' >public/chunks/list+detail.js
ends_with 0 run deploy.yml

status=$(curl --silent --output /dev/null --write-out '%{http_code}' "$site/chunks/list+detail.js")
if [ "$status" != 200 ]; then says "which file browsers do not get" 'chunks/list\+detail\.js'; fi
says_not "anything of a name that browsers get" 'a page \(1\)'
