#!/usr/bin/env bash
# An account of AWS in China has its own CloudFront: at another address, and signed for a region there.
# takes: quick
. "$(dirname "$0")/lib.sh"

pipeline wait.yml <<'YAML'
  - { uses: wait, with: { distribution: E2QWRUHAPOMQZL }, timeout: 3s, retry: { attempts: 1 } }
YAML
export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=secret AWS_REGION=cn-north-1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
# asks NAME=ADDRESS: what a server is asked that refuses everything.
asks() {
  local ended=0
  proxy "" '{"fault": "answer", "status": 403}'
  env "$1=$address" "$RUNNER" run wait.yml >"$work/said" 2>&1 || ended=$?
  must "a refused call ends the run" [ $ended != 0 ]
}
asks HTTPS_PROXY
must "CloudFront of China is asked: $(cat "$work/proxy.log")" \
  grep -q '^CONNECT cloudfront\.cn-northwest-1\.amazonaws\.com\.cn:443 ' "$work/proxy.log"

# AWS's own programs sign for the region of the settings if an address is given; CloudFront of China is in the other one.
asks AWS_ENDPOINT_URL_CLOUDFRONT
must "the request is signed for China: $(cat "$work/proxy.log")" \
  grep -Eiq ' \| authorization: .*Credential=AKIDEXAMPLE/[0-9]+/cn-north(west)?-1/cloudfront/' "$work/proxy.log"
