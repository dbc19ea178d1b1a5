#!/usr/bin/env bash
# Somebody has signed in on a laptop and names the profile. After `aws sso login` the runner signs with what that gives; a
# profile with a `credential_process` works; for `aws login` the message has the line to paste into the profile.
# takes: quick
. "$(dirname "$0")/lib.sh"

mkdir -p "$HOME/.aws/sso/cache"
cat >"$HOME/.aws/config" <<'END_OF_CONFIG'
[profile session]
region = eu-central-1
sso_session = team
sso_account_id = 210987654321
sso_role_name = Publisher

[sso-session team]
sso_region = eu-central-1
sso_start_url = https://team.awsapps.com/start
sso_registration_scopes = sso:account:access

[profile oldform]
region = eu-central-1
sso_region = eu-central-1
sso_start_url = https://old.awsapps.com/start
sso_account_id = 210987654321
sso_role_name = Publisher

[profile process]
region = eu-central-1
credential_process = cat credentials.json

[profile browser]
region = eu-central-1
login_session = arn:aws:iam::210987654321:user/grace
END_OF_CONFIG
echo '{"Version": 1, "AccessKeyId": "ASIAFROMPROCESS", "SecretAccessKey": "s", "SessionToken": "t",
  "Expiration": "2098-12-31T00:00:00Z"}' >credentials.json
# The name of a cached token is the SHA-1 of the session's name, or of the start URL if there is no session.
for name in team https://old.awsapps.com/start; do
  echo '{"startUrl": "https://team.awsapps.com/start", "region": "eu-central-1", "accessToken": "the-token",
    "expiresAt": "2098-12-31T00:00:00Z"}' >"$HOME/.aws/sso/cache/$(printf %s $name | sha1sum | cut -d ' ' -f 1).json"
done
pipeline mirror.yml <<'YAML'
  - { uses: mirror, with: { source: public, to: "s3://bucket/site" }, retry: { attempts: 1 } }
YAML
page hello
proxy "" '{"fault": "answer", "path": "^/federation/credentials", "status": 200, "headers": {"Content-Type": "application/json"},
    "body": "{\"roleCredentials\": {\"accessKeyId\": \"ASIAFROMPORTAL\", \"secretAccessKey\": \"s\", \"sessionToken\": \"t\", \"expiration\": 4070908800000}}"}' \
  '{"fault": "answer", "status": 403, "headers": {"Content-Type": "application/xml"},
    "body": "<Error><Code>AccessDenied</Code><Message>Not you</Message></Error>"}'
export AWS_ENDPOINT_URL_S3=$address AWS_ENDPOINT_URL_SSO=$address
# signs PROFILE KEY: the bucket is asked with that key.
signs() {
  : >"$work/proxy.log"
  AWS_PROFILE=$1 ends_with 1 run mirror.yml
  must "profile $1 signs with $2" grep -Eiq "^[A-Z]+ /bucket.* \| authorization: .*Credential=$2/" "$work/proxy.log"
}
for profile in session oldform; do
  signs $profile ASIAFROMPORTAL
  must "the portal gets the token" \
    grep -Eiq '^GET /federation/credentials\?.* \| x-amz-sso_bearer_token: the-token' "$work/proxy.log"
done
signs process ASIAFROMPROCESS
AWS_PROFILE=browser ends_with 1 run mirror.yml
says "which line makes the profile work" 'credential_process = aws configure export-credentials.* --profile browser'
