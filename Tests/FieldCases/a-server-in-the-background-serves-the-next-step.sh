#!/usr/bin/env bash
# A step starts a server in the background, and the next one looks at it. The server answers, its output is in the run's
# log, and it ends with the run.
# takes: quick
. "$(dirname "$0")/lib.sh"

cat >server.py <<'END_OF_SERVER'
import functools, http.server, os

handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="public")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
with open("started.tmp", "w") as started:
    print(os.getpid(), server.server_port, file=started)
os.rename("started.tmp", "started")
server.serve_forever()
END_OF_SERVER
pipeline preview.yml 'concurrency: none' <<'YAML'
  - id: server
    uses: exec
    with:
      run: |
        python3 server.py &
        until [ -e started ]; do sleep 0.05; done
        read -r process port <started
        echo "port=$port" >>"$RUNNER_OUTPUT"
      outputs: [port]
    rollback: false
  - uses: smoke
    with: { url: "http://127.0.0.1:${{ steps.server.outputs.port }}/", contains: "hello from the background" }
    retry: { attempts: 1 }
YAML
page "hello from the background"
ends_with 0 run preview.yml
must "the server's output is in the log" grep -Eq '"GET / HTTP' .runner/runs/*/run.log
read -r process port <started
waits_for test ! -e "/proc/$process"
must_not "the server ends with the run" [ -e "/proc/$process" ]
