#!/usr/bin/env bash
# Two good releases are kept. Between them and the next good one, some deploys fail at the check. They push no good release
# out, and going back leads to the good one before.
# takes: quick
. "$(dirname "$0")/lib.sh"

mkdir store
serves store/current
deploy_yml() {
  cat >deploy.yml <<YAML
version: 1
name: deploy
inputs: { release: { type: string }, site: { type: string } }
with: { store: store, version: "\${{ inputs.release }}" }
steps:
  - { uses: hash, with: { source: public } }
  - { uses: sync, with: { keep-failed: $1 } }
  - uses: switch-origin
  - { uses: smoke, with: { url: "\${{ inputs.site }}/", contains: "</html>" }, retry: { attempts: 1 } }
  - { uses: prune, with: { keep: 2, min-age: 0s }, rollback: false }
YAML
}
pipeline back.yml 'with: { store: store }' <<'YAML'
  - { uses: release, with: { select: previous } }
  - { uses: switch-origin, with: { allow-older: true } }
YAML
for keeps in false true; do
  deploy_yml $keeps
  rm -rf store/* store/.runner .runner
  for number in 1 2; do
    page "good $number"
    ends_with 0 run deploy.yml -i "release=v$number" -i "site=$address"
  done
  for number in 3 4 5 6; do
    echo "<html><body>cut off in $number" >public/index.html
    ends_with 1 run deploy.yml -i "release=v$number" -i "site=$address"
    is_live v2
  done
  page "good 7"
  ends_with 0 run deploy.yml -i release=v7 -i "site=$address"
  is_live v7
  must "the two good releases are kept, and nothing else" [ "$(cd store/releases && echo *)" = "v2 v7" ]
  ends_with 0 run back.yml
  is_live v2
done
