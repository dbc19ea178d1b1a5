#!/usr/bin/env bash
# CloudFront takes no invalidations for longer than the step may wait. The release is live and whole, so it stays; the run
# says what may be old for how long, and what to type later. That does the rest.
# needs: bed curl
# takes: quick
. "$(dirname "$0")/lib.sh"

makes_distribution /old
cat >deploy.yml <<'YAML'
version: 1
name: deploy
inputs: { store: { type: string, env: STORE }, distribution: { type: string } }
with: { store: "${{ inputs.store }}", distribution: "${{ inputs.distribution }}", version: v1 }
steps:
  - { uses: hash, with: { source: public } }
  - uses: sync
  - { uses: switch-origin, with: { wait: false } }
  - { uses: invalidate, with: { wait: false }, timeout: 5s, retry: { attempts: 1 } }
YAML
page hello
proxy "$AWS_ENDPOINT_URL_CLOUDFRONT" '{"fault": "unavailable", "method": "POST", "path": "/invalidation"}'
export AWS_ENDPOINT_URL_CLOUDFRONT=$address
ends_with 4 run deploy.yml -i "distribution=$distribution"
must "the release is live" grep -q '^site .*/releases/v1$' <(python3 "$cases/lib.py" origins "$distribution")
says "that edges may serve what they had" 'may serve what they had'
says "what to type later" 'runner resume'

# From here on there is an answer.
curl --silent --output /dev/null --request PUT "$address/__chaos" --data '{"rules": []}'
: >"$work/proxy.log"
ends_with 0 resume
must "the caches are dropped" grep -Eq '^POST .*/invalidation ' "$work/proxy.log"
