#!/usr/bin/env bash
# Somebody deploys an unpacked archive without a .git, with the command and the file that work in a checkout. The folder
# beside pipelines/ is found as there.
# takes: quick
. "$(dirname "$0")/lib.sh"

! git rev-parse --git-dir >/dev/null 2>&1 || cannot "the folder for temporary files is in a git checkout"
mkdir pipelines
cat >pipelines/deploy.yml <<'YAML'
version: 1
name: deploy
inputs: { commit: { type: string, env: SOURCE_VERSION } }
with: { store: ../store, version: "${{ inputs.commit }}" }
steps:
  - { uses: hash, with: { source: public } }
  - uses: sync
  - uses: switch-origin
YAML
page hello
export SOURCE_VERSION=5f0c1ab07be58ef17e9a0ad0d18bdf7a5d3ac9f2
ends_with 0 run pipelines/deploy.yml
must "the page is live" cmp -s public/index.html ../store/current/index.html
must "the state is beside the site" test -d .runner
must_not "there is no state in pipelines/" test -e pipelines/.runner

# If the site is not there, the message says how to name the project's folder.
mv public site
ends_with 1 run pipelines/deploy.yml
says "how to name the project's folder" '--project'
