#!/usr/bin/env bash
# custom-runner.sh: builds the example of a team's own runner, runs its tests, and deploys the example site with it.
set -euo pipefail
cd "$(dirname "$0")/.."

package=Examples/CustomRunner
# In the folder that this package is built in: its modules need not be built twice.
. scripts/test-build.sh
build=(--package-path "$package" "${test_build[@]}")
swift test "${build[@]}" --disable-xctest
store=$(mktemp -d)
trap 'rm -rf "$store"' EXIT

runner=$(swift build "${build[@]}" --show-bin-path)/site-runner
"$runner" run "$package/pipeline.yml" -i "store=$store/site" --state "$store/state"
test -f "$store/site/current/index.html"

code=0
"$runner" run "$package/pipeline.yml" -i "store=$store/site" -i limit=1KiB --state "$store/state" || code=$?
[ "$code" = 1 ] || { echo "custom-runner: a page that is too heavy ended with $code and not with 1" >&2; exit 1; }
