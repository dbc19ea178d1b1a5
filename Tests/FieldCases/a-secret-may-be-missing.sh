#!/usr/bin/env bash
# The last step of a pipeline tells a chat, whose address is a secret that a fork or a laptop does not have. The site is
# deployed without it, and the step is skipped. If there is an address, it is used and shown nowhere.
# takes: quick
. "$(dirname "$0")/lib.sh"

cat >deploy.yml <<'YAML'
version: 1
name: deploy
secrets:
  chat: { env: CHAT_ADDRESS, optional: true }
with: { store: store, version: v1 }
steps:
  - { uses: hash, with: { source: public } }
  - uses: sync
  - uses: switch-origin
finally:
  - uses: exec
    if: always() && secrets.chat != ''
    with: { run: 'echo "telling $CHAT"; echo "$CHAT" >told' }
    env: { CHAT: "${{ secrets.chat }}" }
YAML
page hello
ends_with 0 run deploy.yml
is_live v1
must_not "nobody is told without an address" test -e told

export CHAT_ADDRESS=
ends_with 0 run deploy.yml
must_not "nobody is told with an empty address" test -e told

export CHAT_ADDRESS=https://chat.example/hook/q8Zr41x
ends_with 0 run deploy.yml
must "the chat is told" grep -qFx "$CHAT_ADDRESS" told
must_not "the address is nowhere: $(grep -rl q8Zr41x "$work/said" .runner || true)" grep -rq q8Zr41x "$work/said" .runner
