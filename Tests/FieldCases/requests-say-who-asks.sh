#!/usr/bin/env bash
# A firewall refuses requests that do not say which program asks, as the common rules of AWS's do. Every request names
# the runner: to the site, to the bucket, to CloudFront.
# needs: curl
# takes: quick
. "$(dirname "$0")/lib.sh"

proxy "" '{"fault": "answer", "status": 403, "path": "^/(bucket|2020-05-31)"}' \
  '{"fault": "answer", "status": 403, "unless": ["User-Agent", "."]}' \
  '{"fault": "answer", "status": 200, "body": "<html>the page</html>"}'
pipeline site.yml 'inputs: { site: { type: string } }' 'concurrency: none' <<'YAML'
  - { uses: smoke, with: { url: "${{ inputs.site }}/page", contains: "the page" }, retry: { attempts: 1 } }
  - { uses: wait, with: { url: "${{ inputs.site }}/wait" }, timeout: 1m, retry: { attempts: 1 } }
YAML
pipeline bucket.yml <<'YAML'
  - { uses: mirror, with: { source: public, to: "s3://bucket/site" }, retry: { attempts: 1 } }
YAML
pipeline distribution.yml <<'YAML'
  - { uses: wait, with: { distribution: E2QWRUHAPOMQZL }, timeout: 20s, retry: { attempts: 1 } }
YAML
page hello
export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=secret AWS_REGION=us-east-1
export AWS_ENDPOINT_URL_S3=$address AWS_ENDPOINT_URL_CLOUDFRONT=$address
ends_with 0 run site.yml -i "site=$address"
ends_with 1 run bucket.yml
ends_with 1 run distribution.yml

for path in /page /wait /bucket /2020-05-31; do
  must "$path is asked for" grep -Eq "^[A-Z]+ $path" "$work/proxy.log"
done
grep -E '^[A-Z]+ /' "$work/proxy.log" | grep -Eiv ' \| user-agent: runner/[0-9]' >nameless || true
must_not "every request says who asks: $(cat nameless)" test -s nameless
