#!/usr/bin/env bash
# release.sh VERSION: prepares the working tree for a release: sets the version constant, and the changelog's heading with today's
# date. Committing and tagging are left to the user.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C

refuse() {
  echo "release.sh: $1" >&2
  echo "  $2" >&2
  exit 1
}

constant=Sources/PipelineKit/Version/RunnerVersion.swift
changelog=CHANGELOG.md
new=${1:-}

number='(0|[1-9][0-9]*)'
identifier='(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)'
semver="^$number\.$number\.$number(-$identifier(\.$identifier)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?\$"

# Compares two identifiers of a pre-release: prints -1, 0 or 1, as the first one is lower, equal or higher.
compare_identifiers() {
  if [[ $1 == "$2" ]]; then echo 0
  elif [[ $1 =~ ^[0-9]+$ && $2 =~ ^[0-9]+$ ]]; then (($1 < $2)) && echo -1 || echo 1
  elif [[ $1 =~ ^[0-9]+$ ]]; then echo -1
  elif [[ $2 =~ ^[0-9]+$ ]]; then echo 1
  elif [[ $1 < $2 ]]; then echo -1
  else echo 1
  fi
}

# Succeeds if the first version has the higher precedence, by Semantic Versioning 2.0.0. What is after `+` does not count.
is_higher() {
  local left=${1%%+*} right=${2%%+*} i
  local -a a b
  IFS=. read -ra a <<<"${left%%-*}"
  IFS=. read -ra b <<<"${right%%-*}"
  for i in 0 1 2; do
    if ((a[i] != b[i])); then ((a[i] > b[i])); return; fi
  done
  [[ $left == *-* ]] || { [[ $right == *-* ]]; return; }
  [[ $right == *-* ]] || return 1
  IFS=. read -ra a <<<"${left#*-}"
  IFS=. read -ra b <<<"${right#*-}"
  for ((i = 0; i < ${#a[@]} && i < ${#b[@]}; i++)); do
    case $(compare_identifiers "${a[i]}" "${b[i]}") in
      1) return 0 ;;
      -1) return 1 ;;
    esac
  done
  ((${#a[@]} > ${#b[@]}))
}

[[ $new =~ $semver ]] ||
  refuse "\`$new\` is no semantic version" "type a version such as 1.2.3: \`make release VERSION=1.2.3\`"

old=$(sed -n 's/^ *public static let text = "\(.*\)"$/\1/p' "$constant")
[[ $old =~ $semver ]] || refuse "$constant has no version" "restore it: \`git checkout $constant\`"
is_higher "$new" "$old" || refuse "$new is not higher than $old, the version in $constant" "type a higher one"

changes=$(git status --porcelain)
[[ -z $changes ]] || refuse "the working tree has changes that are not committed" "look at \`git status\`, and commit or stash them"
! git rev-parse -q --verify "refs/tags/v$new" >/dev/null ||
  refuse "there is a tag v$new already" "type a higher version"
grep -qx '## Unreleased' "$changelog" ||
  refuse "$changelog has no heading \`## Unreleased\`" "add it above the changes of this release"

sed -i "s/^\( *public static let text = \)\".*\"\$/\1\"$new\"/" "$constant"
sed -i "s/^## Unreleased\$/## Unreleased\n\n## $new - $(date -u +%F)/" "$changelog"

echo "the version is $new now, in $constant and $changelog. Look at \`git diff\`, then type"
echo "  git commit -am 'Release $new'"
echo "  git tag -a v$new -m 'Release $new'"
