#!/usr/bin/env bash
# demo.sh RUNNER: deploys the example site twice on this machine, then a broken release, which is taken back.
# Everything it makes is in .demo/, which the next demo wipes.
set -euo pipefail

runner=$(realpath "${1:?usage: demo.sh RUNNER, the built program}")
cd "$(dirname "$0")/.."
top=$PWD
demo=$top/.demo
project=$demo/project
store=$demo/store

# What the caller's shell says about other repositories, stores and proxies is not meant for the demo.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE RUNNER_STATE
export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1

heading() { printf '\n== %s\n\n' "$*"; }

fail() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

server=
stop_server() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
}
trap stop_server EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

in_git() {
  git -c user.name=Demo -c user.email=demo@example.com -c commit.gpgsign=false -c tag.gpgsign=false \
    -c core.autocrlf=false -c core.hooksPath=/dev/null -c advice.detachedHead=false "$@"
}

# Gives every page the version's name, as a site generator would, then commits and tags.
build_site() {
  sed -i "s|\(<span data-release>\)[^<]*|\1$1|" public/*.html
  in_git add --all
  in_git commit --quiet --message "Site $1"
  in_git tag "$1"
}

# Runs the pipeline and stops the demo unless the runner ends with the expected exit code.
deploy() {
  local expected=$1 code=0
  echo "\$ runner run pipelines/local.yml -i source=public -i store=$store -i url=$url"
  "$runner" run pipelines/local.yml -i source=public -i "store=$store" -i "url=$url" || code=$?
  echo
  echo "exit code $code"
  [ "$code" = "$expected" ] || fail "the runner ended with $code and not with $expected"
}

# Asks the web server for the front page, shows what is in it, and stops the demo unless it is this release's.
visit() {
  local page title release
  page=$(curl --silent --show-error --fail --max-time 10 "$url") || fail "the web server at $url does not answer"
  title=$(sed -n 's|.*<title>\(.*\)</title>.*|\1|p' <<<"$page")
  release=$(sed -n 's|.*<span data-release>\([^<]*\)<.*|\1|p' <<<"$page")
  echo "a visitor of $url gets \"$title\", release ${release:-unknown}"
  [ "$release" = "$1" ] || fail "the visitor should get release $1"
}

# The server listens on a port that the system picks, and says which. It opens files by way of store/current for each
# request, so it needs no restart when that link changes.
start_server() {
  mkdir -p "$store"
  python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$store/current" >"$demo/server.log" 2>&1 &
  server=$!
  local port=
  for _ in $(seq 100); do
    port=$(sed -n 's/^Serving HTTP on .* port \([0-9]*\) .*/\1/p' "$demo/server.log")
    if [ -n "$port" ]; then break; fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  [ -n "$port" ] || fail "the web server did not start; it said: $(cat "$demo/server.log")"
  url=http://127.0.0.1:$port/
}

heading "A site in git, a store beside it, a web server"
rm -rf "${top:?}/.demo"
mkdir -p "$project/pipelines"
cp -R Examples/site/public "$project/public"
cp pipelines/local.yml "$project/pipelines/"
cd "$project"
in_git init --quiet --initial-branch=main
echo .runner/ >.gitignore
start_server
echo "site    $project"
echo "store   $store"
echo "server  $url, whose root is the store's link \"current\""

heading "Release v1.0.0"
build_site v1.0.0
deploy 0
visit v1.0.0

heading "Release v2.0.0"
build_site v2.0.0
deploy 0
visit v2.0.0

heading "Release v3.0.0, whose front page is cut off in the middle"
sed -i '/<main>/q' public/index.html
build_site v3.0.0
echo "The smoke test asks for the page's last line. It must fail, and the runner must take v3.0.0 back."
echo
deploy 1
visit v2.0.0
[ "$(readlink "$store/current")" = releases/v2.0.0 ] || fail "current leads to $(readlink "$store/current")"

heading "What the runner remembers"
echo "\$ runner runs"
"$runner" runs

heading "How to go on"
cat <<END
The demo's files are still there. Put the runner on PATH and try, in $project:

  export PATH="$(dirname "$runner"):\$PATH"
  cd $project
  runner show                            # the last run, step by step
  runner validate --explain pipelines/local.yml
  python3 -m http.server 8000 --bind 127.0.0.1 --directory $store/current

README.md says what the runner does, pipelines/local.yml is the file that just ran, docs/ has the rest.
END
