#!/usr/bin/env bash
# Somebody's pages have clean URLs: they are in files without an ending. A rule says what they are, so that browsers show
# them instead of saving them.
# needs: bed
# takes: quick
. "$(dirname "$0")/lib.sh"

pipeline deploy.yml "$into_store" <<'YAML'
  - { uses: hash, with: { source: public } }
  - uses: gzip
  - uses: sync
    with:
      store: "${{ inputs.store }}"
      version: v1
      headers:
        - { match: "{about,team/*}", headers: { content-type: "text/html; charset=utf-8" } }
        - { match: news, headers: { content-type: application/atom+xml } }
YAML
for name in about team/people news; do page "$name" "$name"; done
ends_with 0 run deploy.yml

objects releases/v1/ | cut -f 1,3 | sort >found
printf '%s\t%s\n' about 'text/html; charset=utf-8' news application/atom+xml team/people 'text/html; charset=utf-8' >wanted
must "the types are those of the rules: $(cat found)" cmp -s wanted found
