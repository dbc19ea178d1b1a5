#!/usr/bin/env bash
# A cluster runs a job as a user without a name and a home, in a checkout that this user may only read. The message names
# the setting for another state folder; with it, all commands work.
# needs: root setpriv git
# takes: quick
. "$(dirname "$0")/lib.sh"

cat >deploy.yml <<'YAML'
version: 1
name: deploy
inputs: { store: { type: string } }
with: { store: "${{ inputs.store }}" }
steps:
  - { uses: git-tag, with: { fallback: commit } }
  - { uses: hash, with: { source: public } }
  - uses: gzip
  - uses: sync
  - uses: switch-origin
YAML
page hello
commit one v1.0.0
# Now git would like to refresh its index, and may not.
touch --date=2030-01-01 public/index.html
user=61234
mkdir "$work/own"
cp "$RUNNER" "$work/runner"
chown -R $user:$user "$work/project" "$work/own"
chmod -R a-w "$work/project"
chmod 755 "$work" "$work/runner"
cat >"$work/as-user" <<END_OF_SCRIPT
#!/bin/sh
exec setpriv --reuid=$user --regid=$user --clear-groups env --unset=HOME "$work/runner" "\$@"
END_OF_SCRIPT
chmod 755 "$work/as-user"
RUNNER=$work/as-user
ends_with 1 run deploy.yml -i "store=$work/own/store"
says "which setting names another folder" '--state|RUNNER_STATE'
export RUNNER_STATE=$work/own/state
ends_with 0 validate deploy.yml
ends_with 0 plan deploy.yml -i "store=$work/own/store"
ends_with 0 run deploy.yml -i "store=$work/own/store"
must "the release is live" [ "$(readlink "$work/own/store/current")" = releases/v1.0.0 ]
ends_with 0 runs
ends_with 0 show
ends_with 0 rollback --yes
