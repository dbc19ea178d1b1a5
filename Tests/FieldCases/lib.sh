# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is for the checks
# lib.sh: what the checks of this folder share. A check sources it, and is then in an empty folder of its own, with the
# environment of a new machine. It ends with 0 if the behaviour holds, with 1 if it does not, and with 77 if it cannot be
# tried here.
#
# In the head of a check, `# needs:` names the programs that it starts, `bed` (the test bed's addresses in the environment:
# see Tests/TestBed), `root` and `mount`; `# takes:` is `quick` for less than ten seconds, or `long`.
set -Eeuo pipefail

cases=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

cannot() {
  echo "cannot be tried here: $*"
  exit 77
}

# The last lines of the runner are shown as well.
fail() {
  echo "does not hold: $*"
  if [ -s "$work/said" ]; then tail -n 40 "$work/said" | sed 's/^/  | /'; fi
  exit 1
}

finish() {
  trap - ERR
  local child
  for child in $(jobs -pr); do kill "$child" 2>/dev/null || true; done
  wait
  rm -rf --one-file-system "$work"
}

# needs WORD...: ends the check if the machine lacks one of them.
needs() {
  local word
  for word in "$@"; do
    case $word in
      bed) [ -n "${S3_BUCKET-}" ] || cannot "the test bed is not up" ;;
      root) [ "$(id -u)" = 0 ] || cannot "only root can become another user" ;;
      mount) unshare --mount true 2>/dev/null || cannot "only root can mount, and not in every container" ;;
      *) command -v "$word" >/dev/null || cannot "there is no $word" ;;
    esac
  done
}

# must WHAT COMMAND...: WHAT does not hold if the command fails.
must() {
  local what=$1
  shift
  "$@" || fail "$what"
}

# must_not WHAT COMMAND...
must_not() {
  local what=$1
  shift
  ! "$@" || fail "$what"
}

# waits_for COMMAND...: until it ends with 0. A minute is long even for a machine that is busy with other tests; after it,
# whatever the check asks next says what is missing.
waits_for() {
  local end=$((SECONDS + 60))
  until "$@"; do
    [ $SECONDS -lt $end ] || return 0
    sleep 0.05
  done
}

# ends_with STATUS ARGUMENT...: starts the runner. What it says is in the file $work/said.
ends_with() {
  local wanted=$1 ended=0
  shift
  "$RUNNER" "$@" >"$work/said" 2>&1 </dev/null || ended=$?
  [ "$ended" = "$wanted" ] || fail "\`runner $*\` must end with $wanted; it ended with $ended"
}

# said PATTERN: whether the runner has said it. The pattern is an extended regular expression, in any case. It is not looked
# for in the names that were made up for this check: their numbers differ from run to run.
said() { sed -e "s|$token|TOKEN|g" -e "s|$work|WORK|g" "$work/said" | grep -Ei -- "$1" >/dev/null; }

# says WHAT PATTERN: the runner must have said it.
says() { said "$2" || fail "the runner must say $1"; }

says_not() { ! said "$2" || fail "the runner must not say $1"; }

# is_live RELEASE: of the store in the folder `store`.
is_live() {
  [ "$(readlink store/current)" = "releases/$1" ] ||
    fail "$1 must be live; current leads to $(readlink store/current || echo nothing)"
}

# pipeline FILE [LINE...]: writes a pipeline file with the steps of standard input; the lines go above them.
pipeline() {
  local file=$1
  shift
  printf '%s\n' 'version: 1' "name: $(basename "$file" .yml)" "$@" steps: >"$file"
  cat >>"$file"
}
into_store='inputs: { store: { type: string, env: STORE } }'

# page TEXT [FILE]: writes a page of the site, which is in the folder `public`.
page() {
  local file=public/${2:-index.html}
  mkdir -p "$(dirname "$file")"
  printf '<!doctype html>\n<html><body>%s</body></html>\n' "$1" >"$file"
}

# commit MESSAGE [TAG...]: commits all files of the current folder, which becomes a git repository.
commit() {
  [ -d .git ] || git init --quiet --initial-branch=main
  git add --all
  git commit --quiet --allow-empty --message "$1"
  shift
  local tag
  for tag in "$@"; do git tag "$tag"; done
}

# starts NAME COMMAND...: starts a server that says `port NUMBER`. Its address is then in $address, its output in NAME.log.
starts() {
  local name=$1 port=
  shift
  # Appending, so that a check may empty the file.
  : >"$work/$name.log"
  "$@" >>"$work/$name.log" 2>&1 &
  local server=$!
  # shellcheck disable=SC2317 # waits_for calls it
  has_said_its_port_or_ended() {
    port=$(sed -n 's/.*\bport \([0-9][0-9]*\).*/\1/p;T;q' "$work/$name.log")
    [ -n "$port" ] || ! kill -0 "$server" 2>/dev/null
  }
  waits_for has_said_its_port_or_ended
  [ -n "$port" ] || cannot "the server $name did not start: $(cat "$work/$name.log")"
  address=http://127.0.0.1:$port
}

# serves FOLDER: over HTTP, through links in its path as they are at each request.
serves() { starts web python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$1"; }

# nginx_serves FOLDER [LINE...]: the lines go into the `server` block.
nginx_serves() {
  local root=$1 line port
  shift
  mkdir -p "$work/nginx"
  for _ in 1 2 3 4 5; do
    port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
    {
      echo "daemon off; master_process off; pid $work/nginx/pid; events {}"
      echo "http { access_log off; include /etc/nginx/mime.types; default_type application/octet-stream;"
      for line in client_body proxy fastcgi uwsgi scgi; do echo "${line}_temp_path $work/nginx/$line;"; done
      echo "server { listen 127.0.0.1:$port; root $root;"
      printf '%s\n' "$@" "} }"
    } >"$work/nginx/nginx.conf"
    nginx -e "$work/nginx/error.log" -c "$work/nginx/nginx.conf" &
    local server=$!
    # shellcheck disable=SC2317 # waits_for calls it
    answers_or_has_ended() {
      curl --silent --output /dev/null "http://127.0.0.1:$port/" || ! kill -0 "$server" 2>/dev/null
    }
    waits_for answers_or_has_ended
    if kill -0 "$server" 2>/dev/null && curl --silent --output /dev/null "http://127.0.0.1:$port/"; then
      address=http://127.0.0.1:$port
      return
    fi
  done
  cannot "nginx did not start: $(cat "$work/nginx/error.log")"
}

# proxy URL RULE...: a fault proxy of the check's own before a server, or alone if the URL is empty. Its address is then in
# $address, and each request with its headers is a line of proxy.log.
proxy() { starts proxy python3 "$cases/lib.py" proxy "$@"; }

# makes_distribution PATH [ORIGIN...]: whose origin `site`, and those named, have a path. Its id is then in $distribution,
# the address of its pages in $site.
makes_distribution() {
  distribution=$(python3 "$cases/lib.py" distribution "$token.localhost" "$@")
  site=http://$token.localhost:${SITE_URL##*:}
}

# is_at RELEASE: the distribution is.
is_at() {
  must "the distribution is at $1: $(python3 "$cases/lib.py" origins "$distribution")" \
    grep -q "^site .*/releases/$1\$" <(python3 "$cases/lib.py" origins "$distribution")
}

# kills_at_the_edges CLOUDFRONT RELEASE ARGUMENT...: deploys by deploy.yml, and ends the runner when it asks whether every edge
# has the release.
kills_at_the_edges() {
  local cloudfront=$1 release=$2
  shift 2
  page "$release"
  proxy "$cloudfront" '{"fault": "stall", "method": "GET", "path": "/distribution/[A-Z0-9]+$", "seconds": 60}'
  AWS_ENDPOINT_URL_CLOUDFRONT=$address "$RUNNER" run deploy.yml -i "distribution=$distribution" -i "release=$release" "$@" \
    >"$work/said" 2>&1 &
  local runner=$!
  # shellcheck disable=SC2317 # waits_for calls it
  asks_after_its_change() {
    grep -q '^PUT' "$work/proxy.log" && tail -n 1 "$work/proxy.log" | grep -Eq '^GET [^ ]*/distribution/[A-Z0-9]+ '
  }
  waits_for asks_after_its_change
  kill -s KILL $runner
  wait $runner 2>/dev/null || true
  is_at "$release"
}

# objects PREFIX: a line for each object below a prefix of the store: key, size, type, cache-control and encoding, with
# tabs in between.
objects() { python3 "$cases/lib.py" objects "$token/$1"; }

[ -n "${RUNNER-}" ] || cannot "RUNNER does not name the program"
RUNNER=$(realpath "$RUNNER")
PATH=$PATH:/usr/sbin:/sbin
read -ra needed <<<"$(sed -n 's/^# needs: //p' "$0")"

work=$(realpath "$(mktemp -d)")
trap finish EXIT
trap 'echo "does not hold: line $LINENO: \`$BASH_COMMAND\` ended with $?"; exit 1' ERR
trap 'exit 130' INT
trap 'exit 143' TERM

needs python3 "${needed[@]}"
# Another machine's settings are not those of the one that runs this.
for name in "${!GIT_@}" "${!RUNNER_@}"; do unset "$name"; done
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY CI
export NO_PROXY=127.0.0.1,localhost,.localhost no_proxy=127.0.0.1,localhost,.localhost
case " ${needed[*]} " in
  *" bed "*) ;;
  *) for name in "${!AWS_@}"; do unset "$name"; done ;;
esac
export HOME=$work/home NO_COLOR=1 AWS_EC2_METADATA_DISABLED=true
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com
export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com

# No other check has a store or a host of this name.
token=$(basename "$0" .sh | cut -c 1-30)-$$-$RANDOM
export STORE=s3://${S3_BUCKET-none}/$token
mkdir "$HOME" "$work/project"
cd "$work/project"
