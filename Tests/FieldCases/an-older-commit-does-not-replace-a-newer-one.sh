#!/usr/bin/env bash
# Somebody starts the CI job of an older commit again after a newer one went live. It is refused, however much of the
# history the clone has.
# needs: git
# takes: quick
. "$(dirname "$0")/lib.sh"

cat >deploy.yml <<'YAML'
version: 1
name: deploy
inputs: { store: { type: string } }
with: { store: "${{ inputs.store }}" }
steps:
  - { uses: git-tag, with: { match: "v*" } }
  - { uses: hash, with: { source: public } }
  - uses: sync
  - uses: switch-origin
YAML
for number in 1 2; do
  page "v$number"
  GIT_COMMITTER_DATE=2026-03-0${number}T08:00:00Z commit "$number" "v$number.0.0"
done
origin=$PWD
# job STATUS RELEASE [OPTION...]: the job of a machine that has nothing but a clone, made with the options.
job() {
  local status=$1 release=$2
  shift 2
  rm -rf "$work/clone"
  git -c advice.detachedHead=false clone --quiet --branch "$release" "$@" "file://$origin" "$work/clone"
  cd "$work/clone"
  ends_with "$status" run deploy.yml -i "store=$work/store"
  cd "$work"
}
for depth in "" --depth=1 --depth=2; do
  rm -rf "$work/store"
  job 0 v1.0.0 $depth
  job 0 v2.0.0 $depth
  job 1 v1.0.0 $depth
  says "which release is the older one" 'v1\.0\.0 is older than v2\.0\.0'
  is_live v2.0.0
done
