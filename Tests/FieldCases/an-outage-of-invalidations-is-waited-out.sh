#!/usr/bin/env bash
# CloudFront takes no invalidations for two minutes, because it is down or because too many are under way. The deploy waits
# and succeeds.
# needs: bed
# takes: long
. "$(dirname "$0")/lib.sh"

cat >deploy.yml <<'YAML'
version: 1
name: deploy
inputs: { store: { type: string, env: STORE }, distribution: { type: string }, release: { type: string }, fault: { type: string } }
with: { store: "${{ inputs.store }}/${{ inputs.fault }}", distribution: "${{ inputs.distribution }}", version: "${{ inputs.release }}" }
steps:
  - { uses: hash, with: { source: public } }
  - uses: sync
  - uses: switch-origin
  - uses: invalidate
YAML
page hello
direct=$AWS_ENDPOINT_URL_CLOUDFRONT
faults=(unavailable quota)
declare -A run=() distribution_of=()
for fault in "${faults[@]}"; do
  token=$token-$fault makes_distribution /old
  distribution_of[$fault]=$distribution
  proxy "$direct"
  curl --silent --output /dev/null --request PUT "$address/__chaos" \
    --data "{\"rules\": [{\"fault\": \"$fault\", \"method\": \"POST\", \"path\": \"/invalidation\"}]}"
  AWS_ENDPOINT_URL_CLOUDFRONT=$address "$RUNNER" run deploy.yml -i "distribution=$distribution" -i release=v1 \
    -i "fault=$fault" --state "$work/$fault" >"$work/said-$fault" 2>&1 &
  run[$fault]=$!
  (sleep 120; curl --silent --output /dev/null --request PUT "$address/__chaos" --data '{"rules": []}') &
done
for fault in "${faults[@]}"; do
  ended=0
  wait "${run[$fault]}" || ended=$?
  cp "$work/said-$fault" "$work/said"
  must "$fault: the deploy ends with 0, and not with $ended" [ $ended = 0 ]
  must "$fault: the release is live" \
    grep -q "^site .*/$fault/releases/v1\$" <(python3 "$cases/lib.py" origins "${distribution_of[$fault]}")
done
