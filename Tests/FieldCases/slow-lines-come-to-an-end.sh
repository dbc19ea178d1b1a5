#!/usr/bin/env bash
# Somebody deploys over a slow line: one large file, or eight files at once that share the line. It takes minutes, and no
# file is cut off and sent again while its bytes move.
# needs: bed
# takes: long
. "$(dirname "$0")/lib.sh"

pipeline deploy.yml 'inputs: { store: { type: string, env: STORE }, site: { type: string } }' <<'YAML'
  - { uses: hash, with: { source: "${{ inputs.site }}" } }
  - { uses: sync, with: { store: "${{ inputs.store }}/${{ inputs.site }}", version: v1 } }
YAML
# A part is 16 MiB: the large file is sent in one request, and takes five and a half minutes.
mkdir large many
head --bytes 15M /dev/urandom >large/film.mp4
for number in 1 2 3 4 5 6 7 8; do head --bytes 1900K /dev/urandom >many/photo-$number.jpg; done
deploy() {
  mkdir "$work/$1"
  # Each has a line of its own.
  starts "line-$1" python3 "$cases/lib.py" slow "$AWS_ENDPOINT_URL_S3" 47000
  AWS_ENDPOINT_URL_S3=$address "$RUNNER" run deploy.yml -i "site=$1" --state "$work/$1/state" >"$work/$1/said" 2>&1 &
}
declare -A deploys=()
for site in large many; do
  deploy $site
  deploys[$site]=$!
done
for site in "${!deploys[@]}"; do
  while kill -0 "${deploys[$site]}" 2>/dev/null; do
    sleep 1
    cp "$work/$site/said" "$work/said"
    again=$({ grep '^PUT .*/releases/' "$work/line-$site.log" || true; } | sort | uniq --repeated)
    must "no file is sent twice: $again" [ -z "$again" ]
  done
  ended=0
  wait "${deploys[$site]}" || ended=$?
  cp "$work/$site/said" "$work/said"
  must "the deploy of $site ends with 0, and not with $ended" [ $ended = 0 ]
done
