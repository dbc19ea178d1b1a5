#!/usr/bin/env bash
# A build writes compressed files beside their originals. The default pipeline deploys them, to a folder and to a bucket,
# and what visitors get is the original.
# needs: bed gzip
# takes: quick
. "$(dirname "$0")/lib.sh"

for kind in folder bucket; do
  pipeline $kind.yml <<YAML
  - { uses: hash, with: { source: public } }
  - uses: gzip
  - { uses: sync, with: { store: "$([ $kind = folder ] && echo store || echo "$STORE")", version: v1 } }
YAML
done
page '<script src=/assets/app.js></script>'
mkdir public/assets
seq -f 'export const value%g = "a text that many lines have"' 500 >public/assets/app.js
gzip --best --keep public/assets/app.js
# No program for Brotli needs to be there: nobody decodes it here.
printf 'Brotli, or so its name says' >public/assets/app.js.br

ends_with 0 run folder.yml
gzip --decompress --stdout store/releases/v1/assets/app.js.gz >unpacked
must "the compressed file of the folder is the original" cmp -s unpacked public/assets/app.js
must "the folder has the original" cmp -s store/releases/v1/assets/app.js public/assets/app.js
must "the folder has the other compressed file" cmp -s store/releases/v1/assets/app.js.br public/assets/app.js.br

ends_with 0 run bucket.yml
objects releases/v1/assets/ >found
must "the original is there in compressed form: $(cat found)" grep -Eq $'^app\\.js\t.*javascript.*\tgzip$' found
must "a .br file says that it is one: $(cat found)" grep -Eq $'^app\\.js\\.br\t.*javascript.*\tbr$' found
