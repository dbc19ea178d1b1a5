#!/usr/bin/env bash
# A site is built again from the same commit with other content, as a nightly job or an editor in a CMS does. The release
# of that name is refused, and the refusal names a way that works. It does not offer `overwrite`, which refuses a release
# that visitors have.
# needs: git
# takes: quick
. "$(dirname "$0")/lib.sh"

# deploy_yml OPTION: the options of git-tag.
deploy_yml() {
  pipeline deploy.yml 'with: { store: store }' <<YAML
  - { uses: git-tag, with: { match: "v*"$1 } }
  - { uses: hash, with: { source: public } }
  - uses: sync
  - uses: switch-origin
YAML
}
printf '%s\n' public store .runner deploy.yml >.gitignore
commit one v1.0.0
deploy_yml ''
page monday
ends_with 0 run deploy.yml
is_live v1.0.0

page tuesday
ends_with 1 run deploy.yml
says "how each run gets a name of its own" 'append: run'
says_not "that the live release can be overwritten" 'overwrite: true'
is_live v1.0.0

deploy_yml ', append: run'
for day in tuesday wednesday; do
  page "$day"
  ends_with 0 run deploy.yml
  must "the content of $day is live" grep -q "$day" store/current/index.html
done
must "each is a release of its own" [ "$(find store/releases -mindepth 1 -maxdepth 1 | wc -l)" = 3 ]
