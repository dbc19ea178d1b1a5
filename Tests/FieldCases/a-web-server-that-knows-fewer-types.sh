#!/usr/bin/env bash
# Somebody serves a folder store by nginx with the table of types that came with it, which knows less than the manifest.
# A good deploy passes, whichever files the sample has.
# needs: nginx curl
# takes: quick
. "$(dirname "$0")/lib.sh"

[ -f /etc/nginx/mime.types ] || cannot "nginx has no table of types at its usual place"
pipeline deploy.yml 'with: { store: store, version: v1 }' <<'YAML'
  - { uses: hash, with: { source: public } }
  - uses: gzip
  - uses: sync
  - uses: switch-origin
YAML
cat >check.yml <<'YAML'
version: 1
name: check
inputs: { site: { type: string }, manifest: { type: string }, size: { type: integer, default: 4 } }
concurrency: none
steps:
  - uses: smoke
    with: { url: "${{ inputs.site }}/", store: store, version: v1, manifest: "${{ inputs.manifest }}", sample-size: "${{ inputs.size }}" }
    retry: { attempts: 1 }
YAML
for name in index.html $(seq -f 'page%g.html' 8); do page "$name" "$name"; done
for name in module.mjs site.webmanifest module.mjs.map notes.md picture.avif .nojekyll; do echo "$name" >"public/$name"; done
ends_with 0 run deploy.yml

nginx_serves "$PWD/store/current" "gzip_static on;"
ends_with 0 run check.yml -i "site=$address" -i manifest=all
for _ in 1 2 3 4 5; do ends_with 0 run check.yml -i "site=$address" -i manifest=sample; done
# Many people's server keeps files to itself whose names begin with a dot.
nginx_serves "$PWD/store/current" "gzip_static on;" 'location ~ /\. { deny all; }'
ends_with 0 run check.yml -i "site=$address" -i manifest=all
for _ in 1 2 3 4 5; do ends_with 0 run check.yml -i "site=$address" -i manifest=sample; done
