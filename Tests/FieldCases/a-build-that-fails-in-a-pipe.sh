#!/usr/bin/env bash
# Somebody's build writes its log through `tee`, and fails half way. The deploy fails, and the half-made site does not go
# live.
# needs: bash
# takes: quick
. "$(dirname "$0")/lib.sh"

page whole
# The second form is what is written without a thought of shells.
for shell in 'shell: bash, ' ''; do
  pipeline deploy.yml 'with: { store: store, version: v1 }' <<YAML
  - uses: exec
    with: { ${shell}run: "(echo half >public/index.html; exit 3) | tee build.log" }
    rollback: false
  - { uses: hash, with: { source: public } }
  - uses: sync
  - uses: switch-origin
YAML
  ends_with 1 run deploy.yml
  must_not "with { $shell} nothing is live" test -e store/current
done
