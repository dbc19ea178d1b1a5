#!/usr/bin/env bash
# Somebody deploys what a bundler has made, without a rule for headers. Files that are named after their content are kept
# for a year; all others are asked about each time. A date in a name is no hash.
# needs: bed
# takes: quick
. "$(dirname "$0")/lib.sh"

pipeline deploy.yml "$into_store" <<'YAML'
  - { uses: hash, with: { source: public } }
  - uses: gzip
  - { uses: sync, with: { store: "${{ inputs.store }}", version: v1 } }
YAML
hashed=(assets/index-Cx3kQz9_.js main-7KQJ2XWB.js vendor.4be02a91.js)
plain=(index.html logo.png annual-20240115.pdf)
for name in "${hashed[@]}" "${plain[@]}"; do page "$name" "$name"; done
ends_with 0 run deploy.yml

objects releases/v1/ | cut -f 1,4 >found
for name in "${hashed[@]}"; do
  must "$name stays for a year: $(cat found)" grep -qFx "$name"$'\tpublic, max-age=31536000, immutable' found
done
for name in "${plain[@]}"; do
  must "$name is asked about each time: $(cat found)" grep -qFx "$name"$'\tno-cache' found
done
