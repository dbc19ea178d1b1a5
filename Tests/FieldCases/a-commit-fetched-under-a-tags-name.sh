#!/usr/bin/env bash
# A CI system fetches one commit and writes it under the name of the tag. An annotated tag becomes a plain one that way. The
# release is named after it all the same.
# needs: git
# takes: quick
. "$(dirname "$0")/lib.sh"

pipeline deploy.yml 'with: { store: store }' <<'YAML'
  - { uses: git-tag, with: { match: "v*" } }
  - { uses: hash, with: { source: public } }
  - uses: sync
  - uses: switch-origin
YAML
printf '%s\n' store .runner >.gitignore
page hello
commit one
commit two
git tag --annotate --message "the release" v3.1.4
git config uploadpack.allowAnySHA1InWant true
origin=$PWD
for what in "$(git rev-parse HEAD)" refs/tags/v3.1.4; do
  git init --quiet "$work/${what##*/}"
  cd "$work/${what##*/}"
  git fetch --quiet --no-tags --depth 1 "file://$origin" "+$what:refs/tags/v3.1.4"
  git -c advice.detachedHead=false checkout --quiet refs/tags/v3.1.4
  ends_with 0 run deploy.yml
  is_live v3.1.4
done
