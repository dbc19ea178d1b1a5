#!/usr/bin/env bash
# A site has old pages that are not UTF-8 and say so themselves. Nothing tells browsers that they are UTF-8, or a warning
# names them.
# needs: bed
# takes: quick
. "$(dirname "$0")/lib.sh"

pipeline deploy.yml "$into_store" <<'YAML'
  - { uses: hash, with: { source: public } }
  - { uses: sync, with: { store: "${{ inputs.store }}/site", version: v1 } }
YAML
pipeline mirror.yml "$into_store" <<'YAML'
  - { uses: mirror, with: { source: public, to: "${{ inputs.store }}/mirror" } }
YAML
mkdir public
printf '<meta charset=utf-8><p>Gr\303\274\303\237e</p>\n' >public/new.html
printf '<meta charset=windows-1252><p>Gr\374\337e</p>\n' >public/old.html
printf '<meta charset=Shift_JIS><p>\223\372\226\173</p>\n' >public/japanese.html
printf 'Gr\374\337e\n' >public/letter.txt
for pipeline in deploy mirror; do
  ends_with 0 run $pipeline.yml
  cat "$work/said" >>said
done
objects '' | grep -E '^(site/releases/v1|mirror)/' | cut -f 1,3 >found
must "all files are there: $(cat found)" [ "$(wc -l <found)" = 8 ]
must "the new page is UTF-8: $(cat found)" [ "$(grep -c $'new\\.html\ttext/html; charset=utf-8$' found)" = 2 ]
for name in old.html japanese.html letter.txt; do
  if grep "$name" found | grep -q 'utf-8'; then
    must "a warning names $name: $(cat found)" grep -q "$name" said
  fi
done
must "the run says it once and not for each file" [ "$(grep -c "not UTF-8" said)" -le 2 ]
