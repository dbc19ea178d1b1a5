#!/usr/bin/env bash
# attacks.sh RUNNER [NAME...]: tries the attacks of Tests/Attacks, all of them or those named, one after the other.
# ROUNDS is how many rounds each has; without it each takes its own number. Ends with 1 if a promise is not kept.
set -euo pipefail

runner=$(realpath "${1:?usage: attacks.sh RUNNER [NAME...], the built program and the attacks to try}")
shift
cd "$(dirname "$0")/../Tests/Attacks"
# Those that need the test bed need its packages.
export PATH=$PWD/../../.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1

names=("$@")
if [ ${#names[@]} = 0 ]; then
  # The programs are those that can be started; the others are what they share.
  mapfile -t names < <(find . -name '*.py' -perm -u+x -printf '%f\n' | sed 's|\.py$||' | sort)
fi
rounds=()
if [ -n "${ROUNDS-}" ]; then rounds=(--rounds "$ROUNDS"); fi

failed=0 untried=0
for name in "${names[@]}"; do
  [ -x "$name.py" ] || { echo "attacks: there is no Tests/Attacks/$name.py" >&2; exit 1; }
  code=0 begun=$SECONDS
  "./$name.py" "$runner" "${rounds[@]}" || code=$?
  case $code in
    0) verdict=holds ;;
    77) verdict='not tried' untried=$((untried + 1)) ;;
    *) verdict=FAILS failed=$((failed + 1)) ;;
  esac
  printf '%-9s  %4d s  %s\n' "$verdict" $((SECONDS - begun)) "$name"
done

said="attacks: $((${#names[@]} - failed - untried)) of ${#names[@]} hold"
if [ $untried -gt 0 ]; then said+=", $untried cannot be tried here"; fi
echo "$said"
[ $failed = 0 ]
