#!/usr/bin/env bash
# need.sh PACKAGE...: installs those Debian packages that are missing; uses no network when all are there.
set -euo pipefail

if ! command -v dpkg-query >/dev/null; then
  echo "need.sh: this is no Debian, so nothing is installed here; what the next step needs is, by Debian's names: $*" >&2
  exit 0
fi

missing=()
for package in "$@"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "need.sh: packages are missing, and without root or sudo they cannot be installed here. As root, type:" >&2
    echo "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Another apt-get may be running (a new machine updates itself): wait for it instead of failing.
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "need.sh: apt-get could not install the packages; its last words are above" >&2
  exit 1
fi
