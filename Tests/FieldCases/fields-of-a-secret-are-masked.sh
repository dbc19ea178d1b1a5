#!/usr/bin/env bash
# A secret is the JSON document of a service account, and a tool prints single fields of it. They are shown nowhere; braces
# and empty lines are.
# takes: quick
. "$(dirname "$0")/lib.sh"

pipeline notify.yml 'secrets: { account: { env: ACCOUNT } }' <<'YAML'
  - uses: exec
    with: { run: python3 tool.py }
    env: { ACCOUNT: "${{ secrets.account }}" }
    rollback: false
YAML
cat >tool.py <<'END_OF_TOOL'
import json, os

account = json.loads(os.environ["ACCOUNT"])
print(os.environ["ACCOUNT"])
print("logging in with", account["login"]["password"])
print(account["key"])
print(json.dumps(account, indent=4))
print("a { of its own is shown\n\nso is the last line")
END_OF_TOOL
export ACCOUNT='{"kind": "service", "login": {"password": "tr0ub4dor&3"}, "key": "-----BEGIN KEY-----\nQk5XdGhpcyBpcyBu\n-----END KEY-----"}'
ends_with 0 run notify.yml
for text in 'tr0ub4dor' Qk5XdGhpcyBpcyBu; do
  must_not "$text is shown nowhere: $(grep -rl $text "$work/said" .runner || true)" grep -rq $text "$work/said" .runner
done
says "what is no secret" 'a \{ of its own is shown'
says "what is no secret" 'so is the last line'
