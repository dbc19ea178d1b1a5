"""Servers and questions that the checks of this folder share. lib.sh calls it; the servers say `port NUMBER`."""
import json
import os
import pathlib
import re
import socket
import sys
import threading
import time
from urllib.parse import urlsplit

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "TestBed"))


def objects(prefix):
    """Prints key, size, type, cache-control and encoding of each object below a prefix."""
    import boto3

    s3, bucket = boto3.client("s3"), os.environ["S3_BUCKET"]
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", []):
            head = s3.head_object(Bucket=bucket, Key=found["Key"])
            print(found["Key"].removeprefix(prefix), found["Size"], head["ContentType"], head.get("CacheControl", "-"),
                  head.get("ContentEncoding", "-"), sep="\t")


def distribution(host, path, *more):
    """Makes a distribution that edges know by its host, and prints its id. All origins, `site` and more, have one path."""
    import boto3

    names = ("site", *more)
    origins = [{"Id": name, "DomainName": os.environ["S3_BUCKET"] + ".s3.us-east-1.amazonaws.com", "OriginPath": path,
                "CustomHeaders": {"Quantity": 0}, "S3OriginConfig": {"OriginAccessIdentity": ""}} for name in names]
    behaviour = {"TargetOriginId": "site", "ViewerProtocolPolicy": "allow-all",
                 "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6"}
    config = {"CallerReference": host, "Comment": "", "Enabled": True, "DefaultRootObject": "index.html",
              "Aliases": {"Quantity": 1, "Items": [host]}, "Origins": {"Quantity": len(origins), "Items": origins},
              "DefaultCacheBehavior": behaviour}
    client = boto3.client("cloudfront")
    print(client.create_distribution(DistributionConfig=config)["Distribution"]["Id"])


def group(ident):
    """Puts all origins of a distribution into one origin group, which serves its pages."""
    def change(config):
        members = [{"OriginId": origin["Id"]} for origin in config["Origins"]["Items"]]
        config["OriginGroups"] = {"Quantity": 1, "Items": [{
            "Id": "both", "FailoverCriteria": {"StatusCodes": {"Quantity": 2, "Items": [403, 404]}},
            "Members": {"Quantity": len(members), "Items": members}}]}
        # The bed's moto takes no group as the target of the default behaviour.
        config["CacheBehaviors"] = {"Quantity": 1, "Items": [
            config["DefaultCacheBehavior"] | {"PathPattern": "*.html", "TargetOriginId": "both"}]}
    update(ident, change)


def point(ident, origin, path):
    """Sets the path of an origin, as somebody does by hand."""
    def change(config):
        next(one for one in config["Origins"]["Items"] if one["Id"] == origin)["OriginPath"] = path
    update(ident, change)


def update(ident, change):
    import boto3

    client = boto3.client("cloudfront")
    found = client.get_distribution_config(Id=ident)
    change(found["DistributionConfig"])
    client.update_distribution(Id=ident, DistributionConfig=found["DistributionConfig"], IfMatch=found["ETag"])
    while client.get_distribution(Id=ident)["Distribution"]["Status"] != "Deployed":
        time.sleep(0.1)


def origins(ident):
    """Prints id and path of each origin."""
    import boto3

    for origin in boto3.client("cloudfront").get_distribution_config(Id=ident)["DistributionConfig"]["Origins"]["Items"]:
        print(origin["Id"], origin["OriginPath"])


def proxy(upstream, *rules):
    """Serves as a fault proxy of the bed's kind: rules as in Tests/TestBed/README.md. Prints each request."""
    import chaos
    import common

    class Proxy(chaos.Proxy):
        plan, dialect = chaos.Plan({"rules": [json.loads(rule) for rule in rules]}), "s3"

        def handle_any(self):
            fields = "".join(f" | {name}: {value}" for name, value in self.headers.items())
            print(f"{self.command} {self.target}{fields}", flush=True)
            super().handle_any()

    Proxy.upstream = urlsplit(upstream).netloc
    server = common.Server(("127.0.0.1", 0), Proxy)
    print("port", server.server_port, flush=True)
    server.serve_forever()


def slow(upstream, rate):
    """A line that lets so many bytes a second through to a server, all connections together. Prints the key of each PUT."""
    to, rate, turn, free = urlsplit(upstream), float(rate), threading.Lock(), [time.monotonic()]

    def upload(client, server):
        try:
            while data := client.recv(2048):
                for key in re.findall(rb"^PUT (\S+)", data, re.M):
                    print("PUT", key.decode().partition("?")[0], flush=True)
                with turn:  # connections share the line
                    free[0] = max(free[0], time.monotonic()) + len(data) / rate
                    pause = free[0] - time.monotonic()
                time.sleep(pause)
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        except OSError:
            client.close()
            server.close()

    def download(client, server):
        try:
            while data := server.recv(65536):
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            client.close()
            server.close()

    with socket.socket() as listener:
        # What waits in the kernel counts as sent for the client: it must be little.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        print("port", listener.getsockname()[1], flush=True)
        while True:
            client, _ = listener.accept()
            server = socket.create_connection((to.hostname, to.port))
            for way in (upload, download):
                threading.Thread(target=way, args=(client, server), daemon=True).start()


if __name__ == "__main__":
    commands = {f.__name__: f for f in (objects, distribution, group, point, origins, proxy, slow)}
    commands[sys.argv[1]](*sys.argv[2:])
