#!/usr/bin/env bash
# A folder is mirrored into a bucket again and again, as from cron. Each of four hundred runs succeeds.
# needs: bed
# takes: long
. "$(dirname "$0")/lib.sh"

pipeline mirror.yml "$into_store" <<'YAML'
  - { uses: mirror, with: { source: public, to: "${{ inputs.store }}" } }
YAML
page hello
for number in $(seq 400); do
  ends_with 0 run mirror.yml
  if [ $((number % 50)) = 0 ]; then rm -r .runner; fi
done
