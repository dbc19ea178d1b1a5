#!/usr/bin/env bash
# A web server is in a container. If the store's folder is mounted, the server follows each deploy. If the link `current` is
# mounted, it stays at the release of that day for ever, and the check of the release says so.
# needs: mount curl
# takes: quick
. "$(dirname "$0")/lib.sh"

# A mount name space is what a container has.
if [ "${1-}" != inside ]; then
  trap - EXIT
  cd /
  rm -r "$work"
  RUNNER=$RUNNER exec unshare --mount bash "$cases/$(basename "$0")" inside
fi
cat >deploy.yml <<'YAML'
version: 1
name: deploy
inputs: { release: { type: string }, site: { type: string, default: "http://localhost" } }
with: { store: store, version: "${{ inputs.release }}" }
steps:
  - { uses: hash, with: { source: public } }
  - uses: sync
  - uses: switch-origin
  - uses: smoke
    if: inputs.site != 'http://localhost'
    with: { url: "${{ inputs.site }}/", manifest: all }
    retry: { attempts: 1 }
YAML
page v1
ends_with 0 run deploy.yml -i release=v1
mkdir whole link
trap 'umount --lazy "$work/project/whole" "$work/project/link" 2>/dev/null || true; finish' EXIT
mount --bind store whole
mount --bind store/current link
serves whole/current
follows=$address
serves link
stays=$address

page v2
ends_with 0 run deploy.yml -i release=v2 -i "site=$follows"
must "the server of the whole store has v2" grep -q v2 <(curl --silent "$follows/")
must "the server of the link has v1" grep -q v1 <(curl --silent "$stays/")
page v3
ends_with 1 run deploy.yml -i release=v3 -i "site=$stays"
is_live v2
