#!/usr/bin/env bash
# Somebody has a page open while two new releases go live. What the page loads later is still there, with the pipeline
# that `runner init bucket` writes, for the folders and names that the common bundlers use.
# needs: bed git curl
# takes: long
. "$(dirname "$0")/lib.sh"

makes_distribution /old
commit zero
ends_with 0 init bucket -o deploy.yml
sed -i -e "s|s3://my-bucket/[^ ]*|$STORE|; s|E2QWRUHAPOMQZL|$distribution|; s|https://www.example.com/|$site/|" deploy.yml
printf '%s\n' public .runner >.gitignore

# build RELEASE: writes a site with new names of hashed files, as Vite, Angular, Next.js, SvelteKit and Nuxt make them,
# and their list.
build() {
  local hash name
  rm -rf public
  hash=$(md5sum <<<"$1" | cut -c 1-8)
  page "<script type=module src=/assets/index-$hash.js></script>"
  for name in "assets/index-$hash.js" "chunk-${hash^^}.js" "_next/static/chunks/pages-$hash.js" \
    "_app/immutable/nodes/0.$hash.js" "_nuxt/$hash.js"; do
    mkdir -p "$(dirname "public/$name")"
    echo "export default '$1'" >"public/$name"
    echo "$name"
  done >"$1.names"
}
for release in v1 v2 v3; do
  build "$release"
  commit "$release" "$release"
  ends_with 0 run deploy.yml
  while read -r name; do
    status=$(curl --silent --output got --write-out '%{http_code}' "$site/$name")
    must "$name of v1 is there after $release; the answer is $status" [ "$status" = 200 ]
    must "$name is as v1 had it" grep -q "'v1'" got
  done <v1.names
done
