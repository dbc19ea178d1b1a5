#!/usr/bin/env bash
# A distribution has a group of two origins, and CloudFront asks the second for what the first does not have. A deploy
# switches the first. It says that the second still has the release before, or switches it as well.
# needs: bed
# takes: quick
. "$(dirname "$0")/lib.sh"

makes_distribution /old standby
python3 "$cases/lib.py" group "$distribution"
cat >deploy.yml <<'YAML'
version: 1
name: deploy
inputs: { store: { type: string, env: STORE }, distribution: { type: string }, release: { type: string } }
with: { store: "${{ inputs.store }}", version: "${{ inputs.release }}" }
steps:
  - { uses: hash, with: { source: public } }
  - uses: sync
  - { uses: switch-origin, with: { distribution: "${{ inputs.distribution }}", origin: site, wait: false } }
YAML
page v1
page "this page goes" recalled.html
ends_with 0 run deploy.yml -i "distribution=$distribution" -i release=v1
python3 "$cases/lib.py" point "$distribution" standby "/$token/releases/v1"
rm public/recalled.html
page v2
ends_with 0 run deploy.yml -i "distribution=$distribution" -i release=v2

python3 "$cases/lib.py" origins "$distribution" >found
must "the first origin has v2: $(cat found)" grep -qFx "site /$token/releases/v2" found
if ! grep -qFx "standby /$token/releases/v2" found; then says "that the other origin has another release" standby; fi
