"""A site in a bucket behind a distribution of the test bed: what deploys it, what stands between it and the services, and
what must be true of it. Needs the packages of Tests/TestBed."""
import contextlib
import gzip
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

import lib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Tests/TestBed"))
try:
    import boto3
    import chaos
    import common
    from botocore.config import Config
    from botocore.exceptions import ClientError
except ImportError as missing:
    lib.cannot(f"{missing}; `scripts/venv.sh Tests/TestBed/requirements.txt` makes .venv, whose python3 must come first on PATH")


@contextlib.contextmanager
def bed(*arguments):
    """The test bed, as long as the block lasts. Gives its variables."""
    process = subprocess.Popen([sys.executable, ROOT / "Tests/TestBed/testbed", "hold", *arguments],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        file = process.stdout.readline().decode().strip()
        if not file:
            lib.cannot("the test bed did not come up")
        yield dict(re.findall(r"^export (\w+)='(.*)'$", pathlib.Path(file).read_text(), re.M))
    finally:
        process.stdin.close()
        process.wait()


class Trap:
    """Kills the runner at one of its requests: before the service has it, or when the service has done it and the runner
    does not know."""

    def __init__(self, number, side):
        self.number, self.side = number, side
        self.request = None


class Meter:
    """What the requests of one runner go through: a proxy for each service, which number them together."""

    def __init__(self, s3, cloudfront):
        self.lock, self.idle = threading.Lock(), threading.Condition()
        self.active = 0
        self.log, self.trap, self.process = [], None, None
        self.servers = [self.serve(s3, "s3"), self.serve(cloudfront, "cloudfront")]
        self.endpoints = {f"AWS_ENDPOINT_URL_{name}": f"http://127.0.0.1:{server.server_port}"
                          for name, server in zip(("S3", "CLOUDFRONT"), self.servers)}

    def serve(self, upstream, dialect):
        proxy = type("Metered", (Metered,), {"meter": self, "dialect": dialect, "upstream": urlsplit(upstream).netloc,
                                             "plan": chaos.Plan({})})
        server = common.Server(("127.0.0.1", 0), proxy)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def run(self, command, folder, environment, output, trap=None, limit=lib.LIMIT):
        """Runs the program to its end, or to the trap. Gives its exit status, negative for a signal."""
        with self.lock:
            self.log, self.trap, self.process = [], trap, None
            with open(output, "wb") as log:
                self.process = subprocess.Popen(command, cwd=folder, env=environment | self.endpoints, stdout=log,
                                                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise lib.Wrong(f"`{' '.join(command[1:])}` did not end within {limit} s") from None
        # What it had sent arrives, and nothing later.
        with self.idle:
            self.idle.wait_for(lambda: self.active == 0, 60)
        return code

    def enter(self, service, method, target):
        with self.idle:
            self.active += 1
        with self.lock:
            request = {"number": len(self.log) + 1, "service": service, "method": method, "target": target,
                       "begin": time.time()}
            self.log.append(request)
        return request

    def leave(self):
        with self.idle:
            self.active -= 1
            self.idle.notify_all()

    def spring(self, request, side):
        """Kills the runner if this is the request. True if it did."""
        trap = self.trap
        if not trap or (trap.number, trap.side) != (request["number"], side):
            return False
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        trap.request = request
        return True


class Metered(chaos.Proxy):
    meter = None

    def handle_any(self):
        self.request_line = self.meter.enter(self.dialect, self.command, self.target)
        self.sent = b""
        try:
            if self.meter.spring(self.request_line, "before"):
                self.reset()
            super().handle_any()
        finally:
            self.meter.leave()

    def iter_body(self, block=65536):
        for data in super().iter_body(block):
            if self.dialect == "cloudfront":
                self.sent += data
            yield data

    def before_reply(self, status):
        self.request_line.update(status=status, end=time.time(), sent=self.sent)
        if self.meter.spring(self.request_line, "after"):
            self.reset()


def writes_of_path(log):
    """When the origin path was written, and what, oldest first: of requests that CloudFront has taken."""
    found = []
    for request in log:
        if request["service"] == "cloudfront" and request["method"] == "PUT" and request.get("status") == 200:
            path = re.search(rb"<OriginPath>([^<]*)</OriginPath>", request["sent"])
            found.append((request["end"], path[1].decode() if path else ""))
    return found


class Bucket:
    """One prefix of the bed's bucket and one distribution, which are used again and again."""

    def __init__(self, bed, name, path="/old"):
        self.bed, self.prefix, self.host = bed, name, f"{name}.localhost"
        keys = dict(region_name="us-east-1", aws_access_key_id=bed["AWS_ACCESS_KEY_ID"],
                    aws_secret_access_key=bed["AWS_SECRET_ACCESS_KEY"], config=Config(retries={"total_max_attempts": 4}))
        session = boto3.session.Session()
        self.s3 = session.client("s3", endpoint_url=bed["AWS_ENDPOINT_URL_S3"], **keys)
        self.cloudfront = session.client("cloudfront", endpoint_url=bed["AWS_ENDPOINT_URL_CLOUDFRONT"], **keys)
        self.name = bed["S3_BUCKET"]
        origin = {"Id": "site", "DomainName": f"{self.name}.s3.us-east-1.amazonaws.com", "OriginPath": path,
                  "CustomHeaders": {"Quantity": 0}, "S3OriginConfig": {"OriginAccessIdentity": ""}}
        behaviour = {"TargetOriginId": "site", "ViewerProtocolPolicy": "allow-all",
                     "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6"}
        self.distribution = self.cloudfront.create_distribution(DistributionConfig={
            "CallerReference": name, "Comment": "é & <ok>", "Enabled": True, "DefaultRootObject": "index.html",
            "Aliases": {"Quantity": 1, "Items": [self.host]}, "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behaviour})["Distribution"]["Id"]
        self.url = f"http://{self.host}:{bed['SITE_URL'].rsplit(':', 1)[1]}/"

    @property
    def inputs(self):
        return {"SITE_BUCKET": self.name, "SITE_PREFIX": self.prefix, "SITE_DISTRIBUTION": self.distribution,
                "SITE_URL": self.url}

    @property
    def store(self):
        return f"s3://{self.name}/{self.prefix}"

    # What is there.

    def config(self):
        found = self.cloudfront.get_distribution_config(Id=self.distribution)
        return found["DistributionConfig"], found["ETag"]

    def path(self):
        return self.config()[0]["Origins"]["Items"][0]["OriginPath"]

    def live(self):
        """The release that the distribution is at."""
        path = self.path()
        start = f"/{self.prefix}/releases/"
        lib.expect(path.startswith(start), f"the distribution is at {path}")
        return path.removeprefix(start)

    def objects(self):
        """By key: the ETag."""
        found = {}
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=self.prefix + "/"):
            found |= {one["Key"].removeprefix(self.prefix + "/"): one["ETag"] for one in page.get("Contents", [])}
        return found

    def get(self, key):
        return self.s3.get_object(Bucket=self.name, Key=f"{self.prefix}/{key}")

    def read(self, key):
        return self.get(key)["Body"].read()

    # The state that each round begins with.

    def keep(self):
        """Keeps bucket and distribution as they are now, for `restore`."""
        self.kept = {key: (etag, self.get(key)) for key, etag in self.objects().items()}
        self.kept = {key: (etag, there["Body"].read(), {name: there[name] for name in
                           ("ContentType", "CacheControl", "ContentEncoding", "Metadata") if name in there})
                     for key, (etag, there) in self.kept.items()}
        self.kept_config = self.config()[0]

    def restore(self):
        there = self.objects()
        for key in there.keys() - self.kept.keys():
            self.s3.delete_object(Bucket=self.name, Key=f"{self.prefix}/{key}")
        for key, (etag, body, headers) in self.kept.items():
            if there.get(key) != etag:
                self.s3.put_object(Bucket=self.name, Key=f"{self.prefix}/{key}", Body=body, **headers)
        for upload in self.uploads():
            self.s3.abort_multipart_upload(Bucket=self.name, Key=upload["Key"], UploadId=upload["UploadId"])
        config, etag = self.config()
        if config != self.kept_config:
            self.cloudfront.update_distribution(Id=self.distribution, DistributionConfig=self.kept_config, IfMatch=etag)
        made = self.cloudfront.create_invalidation(DistributionId=self.distribution, InvalidationBatch={
            "Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": f"restored-{time.time_ns()}"})
        self.wait_for_edges()
        self.wait_for_invalidation(made["Invalidation"]["Id"])

    def wait_for_edges(self):
        while self.cloudfront.get_distribution(Id=self.distribution)["Distribution"]["Status"] != "Deployed":
            time.sleep(0.05)

    def wait_for_invalidation(self, ident):
        while self.cloudfront.get_invalidation(DistributionId=self.distribution, Id=ident)["Invalidation"]["Status"] != "Completed":
            time.sleep(0.05)

    def uploads(self):
        found = self.s3.list_multipart_uploads(Bucket=self.name, Prefix=self.prefix + "/").get("Uploads") or []
        return [upload for upload in found if upload["Key"].startswith(self.prefix + "/")]

    # What must be true.

    def pages(self, path="/"):
        """What the edges give visitors."""
        found = []
        for edge in self.bed["EDGE_URLS"].split():
            connection = http.client.HTTPConnection(urlsplit(edge).netloc, timeout=60)
            connection.request("GET", path, headers={"Host": self.host})
            answer = connection.getresponse()
            body = answer.read()
            found.append(gzip.decompress(body) if answer.getheader("Content-Encoding") == "gzip" else body)
            connection.close()
        return found

    def expect_only_the_path_changed(self):
        config = self.config()[0]
        config["Origins"]["Items"][0]["OriginPath"] = self.kept_config["Origins"]["Items"][0]["OriginPath"]
        lib.expect(config == self.kept_config, f"more than the path of the distribution has changed: {config}")

    def held_lease(self):
        """The nonce of the holding that the lease's record has; None if it is free."""
        record = json.loads(self.read(".runner/lease.json"))
        return None if record["state"] == "free" else record["nonce"]

    def expect_no_uploads(self):
        left = self.uploads()
        lib.expect(not left, f"uploads are open: {left}")

    def manifest(self, version):
        """By key: the line of the manifest."""
        lines = self.read(f".runner/manifests/{version}.jsonl").splitlines()
        return {line["key"]: line for line in map(json.loads, lines[1:])}

    def expect_whole(self, version, site, there):
        """The release is its manifest byte for byte, headers as well, and its manifest is the site.

        `there` are all objects of the store. Files of other releases may be laid beside it, for open pages.
        """
        lib.expect(f".runner/manifests/{version}.jsonl" in there, f"release {version} has no manifest")
        manifest = self.manifest(version)
        lib.expect(manifest.keys() == site.keys(), f"the manifest of {version} has {sorted(manifest)}")
        start = f"releases/{version}/"
        for key, entry in manifest.items():
            lib.expect(start + key in there, f"{key} of {version} is missing")
            got = self.get(start + key)
            body = got["Body"].read()
            digest = hashlib.sha256(body).hexdigest()
            lib.expect((len(body), digest) == (entry["size"], entry["sha256"]), f"{key} of {version} is not as in its manifest")
            said = (got.get("ContentType"), got.get("ContentEncoding") or None, got.get("CacheControl"))
            wanted = (entry["content-type"], entry.get("content-encoding"), entry["cache-control"])
            lib.expect(said == wanted, f"the headers of {key} of {version} are {said} and not {wanted}")
            plain = entry.get("original", entry)["sha256"]
            lib.expect(plain == hashlib.sha256(site[key]).hexdigest(), f"{key} of {version} is not as in its site")
        extra = {key.removeprefix(start) for key in there if key.startswith(start)} - manifest.keys()
        for key in extra:
            lib.expect(key.startswith("assets/"), f"{version} has a file of nobody, {key}")

    def is_concluded(self):
        """Whether the run of the newest switch has gone forward to its end, as its record says."""
        records = [key for key in self.objects() if re.fullmatch(r"\.runner/deployments/[^/]+\.json", key)
                   and not key.endswith((".log.json", ".undone.json"))]
        return bool(json.loads(self.read(max(records)))["end"].get("at"))

    def unfinished_journals(self, there):
        """The runs whose journals say that something is left to do. One without a record has changed nothing."""
        runs = {key.split("/")[2] for key in there if re.fullmatch(r"\.runner/runs/[^/]+/0*1\.json", key)}
        return sorted(run for run in runs if f".runner/runs/{run}/done" not in there)

    def expect_visitors_have(self, version):
        """Every edge has the page of the release: what it had cached of another one is dropped."""
        self.wait_for_edges()
        for number, page in enumerate(self.pages()):
            found = re.search(rb'data-release="(\w+)"', page)
            found = found[1].decode() if found else page[:200]
            lib.expect(found == version, f"{version} is live, and edge {number} gives visitors {found}")


class Checkouts:
    """A git repository of a site in several versions with its pipeline files, and clones of it."""

    def __init__(self, folder, versions, pipelines):
        self.origin = pathlib.Path(folder) / "origin"
        self.sites = {version: lib.site(version) for version in versions}
        self.origin.mkdir(parents=True)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "NO_COLOR": "1",
                            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "NO_PROXY": "*", "no_proxy": "*",
                            "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com",
                            "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com"}
        self.git("init", "--quiet", "--initial-branch=main", str(self.origin))
        (self.origin / "pipelines").mkdir()
        for name, text in pipelines.items():
            (self.origin / "pipelines" / name).write_text(text)
        for version, files in self.sites.items():
            shutil.rmtree(self.origin / "public", ignore_errors=True)
            for name, content in files.items():
                path = self.origin / "public" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            self.commit(version)

    def commit(self, version):
        self.git("-C", str(self.origin), "add", "--all")
        self.git("-C", str(self.origin), "commit", "--quiet", "--message", version)
        self.git("-C", str(self.origin), "tag", version)

    def git(self, *words):
        subprocess.run(["git", *words], env=self.environment, check=True, stdin=subprocess.DEVNULL)

    def clone(self, version, folder):
        """A fresh clone of the commit of a version, on a machine that has never seen the site."""
        shutil.rmtree(folder, ignore_errors=True)
        self.git("-c", "advice.detachedHead=false", "clone", "--quiet", "--branch", version, str(self.origin), str(folder))
