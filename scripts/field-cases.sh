#!/usr/bin/env bash
# field-cases.sh RUNNER [NAME...]: tries the checks of Tests/FieldCases, all of them or those named, on a test bed that it
# starts. Ends with 1 if one of them does not hold.
set -euo pipefail

runner=$(realpath "${1:?usage: field-cases.sh RUNNER [NAME...], the built program and the checks to try}")
shift
cd "$(dirname "$0")/.."
folder=Tests/FieldCases
export RUNNER=$runner PATH=$PWD/.venv/bin:$PATH

# Those that take minutes begin first: most of the time they wait.
names=("$@")
if [ ${#names[@]} = 0 ]; then
  for kind in long quick; do
    mapfile -t -O ${#names[@]} names < <(cd "$folder" && grep --files-with-matches "^# takes: $kind$" ./*.sh | sed 's|^\./||; s|\.sh$||')
  done
fi
for name in "${names[@]}"; do
  [ -x "$folder/$name.sh" ] || { echo "field-cases: there is no $folder/$name.sh" >&2; exit 1; }
done

results=$(mktemp -d)
trap 'kill $(jobs -pr) 2>/dev/null || true; rm -rf "$results"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# It ends when its standard input does, however this script ends.
coproc bed { exec python3 Tests/TestBed/testbed hold --edges 2 --edge-options "--config-delay 0,0.1 --invalidation-delay 0,0.1"; }
read -r environment <&"${bed[0]}" || { echo "field-cases: the test bed did not come up" >&2; exit 1; }
# shellcheck source=/dev/null
. "$environment"

held=0 failed=0 untried=0
declare -A running=() begun=()

# Waits for one check, and tells how it ended.
reap() {
  local process code=0 name verdict
  wait -n -p process "${!running[@]}" || code=$?
  name=${running[$process]}
  unset "running[$process]"
  case $code in
    0) verdict=holds held=$((held + 1)) ;;
    77) verdict='not tried' untried=$((untried + 1)) ;;
    *) verdict=FAILS failed=$((failed + 1)) ;;
  esac
  printf '%-9s  %4d s  %s\n' "$verdict" $((SECONDS - begun[$process])) "$name"
  if [ $code = 124 ] || [ $code = 137 ]; then echo "    it took too long"; fi
  if [ $code != 0 ]; then sed 's/^/    /' "$results/$name"; fi
}

for name in "${names[@]}"; do
  [ ${#running[@]} -lt "$(nproc)" ] || reap
  limit=900
  if grep -q '^# takes: quick$' "$folder/$name.sh"; then limit=60; fi
  # A check that takes too long ends with all that it has started.
  timeout --kill-after=10 $limit "$folder/$name.sh" >"$results/$name" 2>&1 </dev/null &
  running[$!]=$name begun[$!]=$SECONDS
done
while [ ${#running[@]} -gt 0 ]; do reap; done

said="field cases: $held of ${#names[@]} hold"
if [ $untried -gt 0 ]; then said+=", $untried cannot be tried here"; fi
echo "$said"
[ $failed = 0 ]
