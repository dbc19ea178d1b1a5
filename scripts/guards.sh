#!/usr/bin/env bash
# guards.sh [NAME...]: takes each guard of Tests/Guards out of the sources, one at a time, and shows that tests notice.
#
# Each is a patch, with lines above the diff that say what the guard is for, and which tests must fail without it:
#
#   # guard: a record is on the disk before what it announces
#   # tests: PipelineKitTests.JournalTests/oneWriteAndOneSyncARecord
#
# All of it happens in a clone of HEAD, in .build-guards, whose build stays for the next call.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD guards=$PWD/Tests/Guards clone=$PWD/.build-guards/clone logs=$PWD/.build-guards/logs
# No tests of one guard take longer, in seconds, with the guard in its place.
longest=300

fail() {
  echo "guards: $*" >&2
  exit 1
}

# field NAME KEY: a line of the header. There may be several filters in one line.
field() { sed -n "/^diff /q; s/^# $2: //p" "$guards/$1.patch"; }
# The first file that a patch changes.
target() { sed -n 's|^+++ b/||p' "$guards/$1.patch" | head -n 1; }

names=("$@")
if [ ${#names[@]} = 0 ]; then mapfile -t names < <(basename -s .patch "$guards"/*.patch); fi
for name in "${names[@]}"; do
  [ -f "$guards/$name.patch" ] || fail "there is no Tests/Guards/$name.patch"
  for key in guard tests; do
    [ -n "$(field "$name" "$key")" ] || fail "Tests/Guards/$name.patch has no line that begins with '# $key: '"
  done
done
# Those of one module come together: less is built again.
mapfile -t names < <(for name in "${names[@]}"; do echo "$(target "$name") $name"; done | sort | sed 's/.* //')

changed=$(git status --porcelain -- Sources Tests Package.swift ':!Tests/Guards')
if [ -n "$changed" ]; then echo "guards: only what is committed is tried; these changes are not:"$'\n'"$changed"; fi
mkdir -p "$logs"
[ -d "$clone/.git" ] || git clone --quiet --shared --no-checkout . "$clone"
git -C "$clone" fetch --quiet "$root" HEAD
git -C "$clone" checkout --quiet --force --detach FETCH_HEAD
# The test bed's packages, and the versions that the other builds have.
ln -sfn "$root/.venv" "$clone/.venv"
if [ -f Package.resolved ]; then cp Package.resolved "$clone/"; fi

# build LOG: builds the clone as it is.
build() { swift build --package-path "$clone" --build-tests >"$1" 2>&1 </dev/null; }

# run SECONDS LOG FILTER...: runs tests of the clone.
run() {
  local seconds=$1 log=$2 code=0
  shift 2
  local filters=()
  for filter in "$@"; do filters+=(--filter "$filter"); done
  (cd "$clone" && timeout --kill-after=5 "$seconds" "$tests" --testing-library swift-testing "${filters[@]}") \
    >"$log" 2>&1 </dev/null || code=$?
  # Colours, which some environments ask for.
  sed -i 's/\x1b\[[0-9;]*m//g' "$log"
  return "$code"
}

# noticed CODE LOG: says which test has noticed first that a guard is gone, and how; nothing if none has.
noticed() {
  local test
  test=$(sed -nE 's/^✘ Test "?([^ "]+).* recorded an issue.*/\1/p' "$2" | head -n 1)
  if [ -n "$test" ]; then
    echo "$test"
  elif [ "$1" = 124 ] || [ "$1" = 137 ]; then
    echo "$(unended "$2"), which does not end"
  elif [ "$1" -gt 128 ]; then
    echo "$(unended "$2"), which ends the process (signal $(($1 - 128)))"
  fi
}

# The last test that has begun and not ended.
unended() {
  awk '/^◇ Test .* started\.$/ && $3 !~ /^(run|case)$/ { begun[$3] = NR } /^[✔✘] Test .* (passed|failed) after / { delete begun[$3] }
    END { for (test in begun) if (begun[test] > last) { last = begun[test]; name = test } print name }' "$1"
}

began=$SECONDS
echo "guards: building HEAD, $(git rev-parse --short HEAD), with nothing taken out"
if ! build "$logs/build.log"; then
  tail -n 20 "$logs/build.log" >&2
  fail "HEAD does not build"
fi
tests=$(swift build --package-path "$clone" --show-bin-path)/runnerPackageTests.xctest
known=$("$tests" --testing-library swift-testing --list-tests </dev/null)
# How long the tests of each guard may take without it: what hangs then must be ended, and what is slow must not.
declare -A limits=()
for name in "${names[@]}"; do
  read -ra filters < <(field "$name" tests)
  for filter in "${filters[@]}"; do
    grep -qE -- "$filter" <<<"$known" \
      || fail "$name: no test matches $filter; correct the line '# tests:' of Tests/Guards/$name.patch"
  done
  log=$logs/$name.log begun=$SECONDS
  if ! run "$longest" "$log" "${filters[@]}"; then
    grep -E '^✘' "$log" >&2 || tail -n 20 "$log" >&2
    fail "$name: its tests fail with every guard in its place, so they show nothing"
  fi
  limits[$name]=$((20 + 10 * (SECONDS - begun)))
done
echo "guards: the tests of ${#names[@]} guards pass, after $((SECONDS - began)) s"

count=0
for name in "${names[@]}"; do
  log=$logs/$name.log code=0 begun=$SECONDS verdict=
  if ! git -C "$clone" apply --whitespace=nowarn "$guards/$name.patch" 2>"$log"; then
    sed 's/^/  /' "$log"
    verdict="does not apply: write the diff of Tests/Guards/$name.patch anew, from $(target "$name") as it is now"
  elif ! build "$log"; then
    grep -m 3 -E 'error:' "$log" | sed 's/^/  /' || true
    verdict="does not compile: change the diff of Tests/Guards/$name.patch so that it does"
  else
    read -ra filters < <(field "$name" tests)
    run "${limits[$name]}" "$log" "${filters[@]}" || code=$?
    test=$(noticed "$code" "$log")
    if [ "$code" != 0 ] && [ -n "$test" ]; then
      count=$((count + 1))
      printf 'noticed   %4d s  %s: %s\n' $((SECONDS - begun)) "$name" "$test"
    else
      verdict="nobody notices that it is gone: $(field "$name" guard)"
    fi
  fi
  if [ -n "$verdict" ]; then printf 'FAILS     %4d s  %s: %s\n' $((SECONDS - begun)) "$name" "$verdict"; fi
  git -C "$clone" checkout --quiet --force HEAD
done

echo "guards: $count of ${#names[@]} noticed, in $((SECONDS - began)) s"
[ "$count" = "${#names[@]}" ]
