#!/usr/bin/env bash
# Somebody changes a rule for headers and mirrors again what has not changed. The objects get the new header, or the run
# says that they keep the old one.
# needs: bed
# takes: quick
. "$(dirname "$0")/lib.sh"

pipeline mirror.yml 'inputs: { store: { type: string, env: STORE }, rule: { type: string } }' <<'YAML'
  - uses: mirror
    with: { source: public, to: "${{ inputs.store }}", headers: [{ match: "**", cache-control: "${{ inputs.rule }}" }] }
YAML
page hello
count='(^|[^0-9])1 .*header|header[^0-9]*1'
ends_with 0 run mirror.yml -i rule=max-age=300
says_not "anything of old headers at the first time" "$count"
ends_with 0 run mirror.yml -i rule=no-cache
objects index.html >found
if ! grep -q $'\tno-cache\t' found; then says "how many files keep old headers" "$count"; fi
