#!/usr/bin/env bash
# Somebody tags each release with its version, and moves the tag `latest` to it. Releases are named after the version.
# needs: git
# takes: quick
. "$(dirname "$0")/lib.sh"

pipeline deploy.yml 'with: { store: store }' <<'YAML'
  - uses: git-tag
  - { uses: hash, with: { source: public } }
  - uses: sync
  - uses: switch-origin
YAML
printf '%s\n' store .runner >.gitignore
for version in 2.3.0 2.4.0; do
  page "$version"
  commit "$version" "$version"
  for name in latest production; do git tag --force "$name" >/dev/null; done
  ends_with 0 run deploy.yml
  is_live "$version"
done
# Of two versions at one commit the higher one counts.
page "the last one"
commit last v2.9.0 v2.10.0 v2.10.0-rc.1
git tag --force latest >/dev/null
ends_with 0 run deploy.yml
is_live v2.10.0
