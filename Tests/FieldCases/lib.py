"""Servers and questions that the checks of this folder share. lib.sh calls it; the servers say `port NUMBER`."""
import asyncio
import json
import os
import pathlib
import socket
import sys
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
    to, seconds, line = urlsplit(upstream), 1 / float(rate), asyncio.Lock()

    async def up(reader, writer):
        while data := await reader.read(2048):
            if data.startswith(b"PUT "):
                print("PUT", data.split()[1].decode().partition("?")[0], flush=True)
            async with line:
                await asyncio.sleep(len(data) * seconds)
            writer.write(data)
            await writer.drain()
        writer.write_eof()

    async def down(reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def connect(reader, writer):
        try:
            there = await asyncio.open_connection(to.hostname, to.port)
            await asyncio.gather(up(reader, there[1]), down(there[0], writer))
        except OSError:
            writer.close()

    async def serve():
        # What waits here, or in the kernel, counts as sent for the client: it must be little.
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server = await asyncio.start_server(connect, sock=listener, limit=2048)
        print("port", listener.getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    commands = {f.__name__: f for f in (objects, distribution, group, point, origins, proxy, slow)}
    commands[sys.argv[1]](*sys.argv[2:])
