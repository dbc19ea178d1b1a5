#!/usr/bin/env bash
# A bucket sends one form of an object to everybody. So what programs download, which ask for no compression and undo
# none, is stored as it is: scripts for a shell, checksums, keys, feeds, data.
# needs: bed curl
# takes: quick
. "$(dirname "$0")/lib.sh"

makes_distribution "/$token/releases/v1"
pipeline deploy.yml "$into_store" <<'YAML'
  - { uses: hash, with: { source: public } }
  - uses: gzip
  - { uses: sync, with: { store: "${{ inputs.store }}", version: v1 } }
YAML
mkdir -p public/api
names=(install.sh sha256sums.txt CHECKSUMS api/versions.json signing-key.asc releases.xml table.csv)
for name in "${names[@]}"; do seq -f "line %g of $name, which gets smaller by compression" 100 >"public/$name"; done
page "$(seq -f '<p>line %g of the page</p>' 100)"

ends_with 0 run deploy.yml
for name in "${names[@]}"; do
  curl --silent "$site/$name" >got
  must "$name arrives as it is" cmp -s got "public/$name"
done
# What only browsers load is compressed all the same.
curl --silent --compressed "$site/" >got
must "the page arrives" cmp -s got public/index.html
must "the page is stored compressed" grep -q $'^index.html\t.*\tgzip$' <(objects releases/v1/)
