#!/usr/bin/env bash
# A server puts a script of its own into each page, as CDNs do. The check of the release says that something has changed
# the page on its way, and how to continue: at another address, or without those files.
# needs: nginx curl
# takes: quick
. "$(dirname "$0")/lib.sh"

nginx -V 2>&1 | grep -q http_sub_module || cannot "this nginx rewrites no pages"
deploy_yml() {
  cat >deploy.yml <<YAML
version: 1
name: deploy
inputs: { site: { type: string }, release: { type: string } }
with: { store: store, version: "\${{ inputs.release }}" }
steps:
  - { uses: hash, with: { source: public } }
  - uses: sync
  - uses: switch-origin
  - uses: smoke
    with: { url: "\${{ inputs.site }}/", manifest: all, content-types: false$1 }
    retry: { attempts: 1 }
YAML
}
page hello
echo 'p { color: teal }' >public/style.css
mkdir store
nginx_serves "$PWD/store/current" "sub_filter '</body>' '<script src=/added.js></script></body>';"
deploy_yml ''
ends_with 1 run deploy.yml -i "site=$address" -i release=v1
says "what may have happened" 'rewrit|in between|on (its|the) way'
says "how to continue" 'resolve|exclude'

deploy_yml ', exclude: ["**/*.html"]'
ends_with 0 run deploy.yml -i "site=$address" -i release=v2
is_live v2
