#!/usr/bin/env bash
# A repository has several packages, whose tags carry the package's name. A release is named after the part behind it, and
# tags of other packages stop no deploy that has a `fallback`.
# needs: git
# takes: quick
. "$(dirname "$0")/lib.sh"

page hello
printf '%s\n' deploy.yml store .runner >.gitignore
# tags NAMES STATUS OPTIONS RELEASE: a commit with the tags is deployed, and the release has a name like that.
tags() {
  local names
  read -ra names <<<"$1"
  commit "$1" "${names[@]}"
  pipeline deploy.yml 'with: { store: store }' <<YAML
  - { uses: git-tag, with: { $2 } }
  - { uses: hash, with: { source: public } }
  - uses: sync
  - uses: switch-origin
YAML
  ends_with 0 run deploy.yml
  [[ $(readlink store/current) =~ ^releases/$3$ ]] ||
    fail "the tags $1 with { $2 } must give a release such as $3; current leads to $(readlink store/current)"
}
tags "site/v1.2.3" 'strip-prefix: site/' 'v1\.2\.3'
tags "site/v1.3.0 api/v7.0.0" 'strip-prefix: site/' 'v1\.3\.0'
tags "@acme/web@1.4.0 @acme/api@2.0.0" 'strip-prefix: "@acme/web@"' '1\.4\.0'
tags "site/v1.5.0" 'match: "site/v*", fallback: commit' '.*[0-9a-f]{7}.*|.*1\.5\.0'
tags "@acme/web@1.6.0 @acme/api@2.1.0" 'fallback: commit' '[0-9a-f]+'
