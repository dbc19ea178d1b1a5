#!/usr/bin/env bash
# A CI job is killed, and its machine is gone with the run's journal. The store has a copy: any machine finishes the run. It
# goes forward if nothing that is left needs the other machine's files or a program, and takes the run back otherwise. A
# journal that somebody else has put into the store changes nothing: neither one that starts a program, nor one that is for
# another distribution, nor one whose names lead elsewhere.
# needs: bed
# takes: long
. "$(dirname "$0")/lib.sh"

makes_distribution /old
mine=$distribution
token=other-$token makes_distribution /old
other=$distribution
distribution=$mine
cat >deploy.yml <<'YAML'
version: 1
name: deploy
inputs: { store: { type: string, env: STORE }, distribution: { type: string }, release: { type: string } }
with: { store: "${{ inputs.store }}", distribution: "${{ inputs.distribution }}", version: "${{ inputs.release }}" }
steps:
  - { uses: hash, with: { source: public } }
  - uses: sync
  - uses: switch-origin
  - uses: invalidate
YAML
sed '$d' deploy.yml >program.yml
echo '  - { uses: exec, rollback: false, with: { run: "touch started; sleep 1000" } }' >>program.yml
direct=$AWS_ENDPOINT_URL_CLOUDFRONT
# killed RELEASE: its machine is gone as well.
killed() {
  kills_at_the_edges "$direct" "$1"
  rm -rf .runner
}
# copies FROM TO PATTERN REPLACEMENT: gives the store another run, with another text in its pipeline file and its first record.
copies() {
  python3 - "$token/.runner/runs" "$@" <<'PY'
import boto3, hashlib, json, os, sys, zlib
folder, source, target, pattern, replacement = sys.argv[1:]
s3, bucket = boto3.client("s3"), os.environ["S3_BUCKET"]
keys = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix=f"{folder}/{source}/")["Contents"]]
body = {key.split("/")[-1]: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
body.pop("done", None)
body["pipeline.yml"] = body["pipeline.yml"].replace(pattern.encode(), replacement.encode())
for name in body:
    if name == "pipeline.yml": continue
    record = json.loads(body[name])
    if record["kind"] == "ended": continue
    if record["kind"] == "started":
        record["data"].update(runID=target.replace("..-", ""), digest=hashlib.sha256(body["pipeline.yml"]).hexdigest())
    text = json.dumps({k: record[k] for k in ("sequence", "time", "kind", "data")}, separators=(",", ":"))[:-1]
    text = text.replace(pattern, replacement)
    body[name] = f'{text},"crc":"{zlib.crc32(text.encode()):08x}"}}\n'.encode()
for name, data in body.items():
    if b'"kind":"ended"' not in data: s3.put_object(Bucket=bucket, Key=f"{folder}/{target}/{name}", Body=data)
PY
}
forgets() { python3 - "$token/.runner/runs/$1/" <<'PY'
import boto3, os, sys
s3, bucket = boto3.client("s3"), os.environ["S3_BUCKET"]
for o in s3.list_objects_v2(Bucket=bucket, Prefix=sys.argv[1]).get("Contents", []): s3.delete_object(Bucket=bucket, Key=o["Key"])
PY
}
page v1
ends_with 0 run deploy.yml -i "distribution=$distribution" -i release=v1
is_at v1

killed v2
mkdir elsewhere && cd elsewhere
ends_with 0 runs --store "$STORE"
says 'what did not end' '^[^ ]+ +interrupted .* v2'
ends_with 0 recover --store "$STORE"
is_at v2
ends_with 0 recover --store "$STORE"
says 'that there is nothing left' 'nothing to recover'
ends_with 0 runs --store "$STORE"
says_not 'that anything did not end' 'interrupted'
run=$(sed -n 's/^\([0-9][^ ]*\).* v2.*/\1/p' "$work/said")
cd ..

# What is left needs a program.
page v3
"$RUNNER" run program.yml -i "distribution=$distribution" -i release=v3 >"$work/said" 2>&1 &
runner=$!
waits_for [ -e started ]
kill -s KILL $runner
wait $runner 2>/dev/null || true
rm -rf .runner started
is_at v3
cd elsewhere
ends_with 1 recover --store "$STORE"
cd ..
says 'why it goes back' 'step .exec-1. .*needs files or programs of the machine'
is_at v2
must_not 'no program is started' [ -e elsewhere/started ]

# A run that is at work is left alone. Of one without a lease nobody knows whether it is, so a person must say so.
is_at_work() {
  "$RUNNER" run "$1" -i "distribution=$distribution" -i "release=$2" >"$work/said" 2>&1 &
  runner=$!
  waits_for [ -e started ]
}
sed 's/^steps:/concurrency: { wait: 2s }\nsteps:/' program.yml >busy.yml
page v4
is_at_work busy.yml v4
cd elsewhere
ends_with 75 recover --store "$STORE"
cd ..
is_at v4
kill -s KILL $runner
wait $runner 2>/dev/null || true
rm -rf .runner started
cd elsewhere
# Its lease is free a minute after its last renewal.
for _ in {1..40}; do
  ended=0
  "$RUNNER" recover --store "$STORE" >"$work/said" 2>&1 </dev/null || ended=$?
  [ $ended = 75 ] || break
  sleep 3
done
must "a dead run is taken back, and recover does not end with $ended" [ "$ended" = 1 ]
cd ..
is_at v2
sed 's/^concurrency: .*/concurrency: none/' busy.yml >alone.yml
page v5
is_at_work alone.yml v5
kill -s KILL $runner
wait $runner 2>/dev/null || true
rm -rf .runner started
cd elsewhere
ends_with 3 recover --store "$STORE"
says 'that nobody knows whether the run is at work, and the command' 'holds no lease, and its last record is of .* recover [^ ]+ --store'
is_at v5
alone=$(sed -n 's/^run \([^ ]*\) holds no lease.*/\1/p' "$work/said")
ends_with 64 recover "$alone" --store "$STORE"
says 'with which option nobody is asked' 'type it again with .--yes'
is_at v5
ends_with 1 recover "$alone" --store "$STORE" --yes
is_at v2
ends_with 0 recover "$alone" --store "$STORE" --yes
says 'that it has ended' 'has ended, so there is nothing to recover'
ends_with 64 recover 20000101 --store "$STORE"
says 'that there is no such run' 'there is no run .20000101'
cd ..

# Planted journals.
before=$(python3 "$cases/lib.py" origins "$other")
copies "$run" 20990101-000000-000-0001 "$mine" "$other"
copies "$run" 20990101-000000-000-0002 '  - uses: invalidate' '  - { uses: exec, with: { run: "touch planted" } }'
copies "$run" ..-20990101 nothing nothing
copies "$run" 20990101-000000-000-0003 "store: { type: string, env: STORE }" "store: { type: string, default: s3://elsewhere/site }"
python3 - "$token/.runner/runs/20990101-000000-000-0004/" <<'PY'
import boto3, os, sys
s3, bucket = boto3.client("s3"), os.environ["S3_BUCKET"]
for name, data in ("pipeline.yml", b"x" * (65 << 20)), ("00000001.json", b"x"):
    s3.put_object(Bucket=bucket, Key=sys.argv[1] + name, Body=data)
PY
cd elsewhere
ended=0
"$RUNNER" recover --store "$STORE" >"$work/said" 2>&1 </dev/null || ended=$?
must "recover tells of what it refuses, and does not end with $ended" [ $ended = 3 ]
for number in 1 2 3 4; do
  must "every planted journal is named: $number" grep -q "20990101-000000-000-000$number" "$work/said"
done
cd ..
must_not 'no program is started' test -e elsewhere/planted -o -e planted
must 'the other distribution is as it was' [ "$before" = "$(python3 "$cases/lib.py" origins "$other")" ]
is_at v2
