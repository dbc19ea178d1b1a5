"""Looks at what a deploy has made, with AWS's own library, and says what is not as it should be: one line each, none if all is well.

    outside.py files BUCKET PREFIX FOLDER      keys, bytes and headers of a release are those of a folder's files
    outside.py config ID FILE                  writes the distribution's configuration as it was sent
    outside.py only-path OLD NEW ORIGIN FROM TO   two configurations differ in one origin's path and nowhere else
    outside.py listing BUCKET PREFIX           key, ETag and time of each object
    outside.py invalidations ID                reference and paths of each, the oldest first
"""
import gzip
import pathlib
import sys
import xml.etree.ElementTree as ET

import boto3
from botocore.config import Config

UNASKED = ("x-amz-meta-", "x-amz-website-", "content-disposition", "content-language", "expires")
QUICK = Config(retries={"total_max_attempts": 3}, s3={"addressing_style": "path"})
NAMESPACE = "{http://cloudfront.amazonaws.com/doc/2020-05-31/}"
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".svg": "image/svg+xml; charset=utf-8", ".c": "text/x-csrc; charset=utf-8", ".png": "image/png", ".txt": "text/plain; charset=utf-8", ".bin": "application/octet-stream"}


def objects(bucket, prefix):
    pages = boto3.client("s3", config=QUICK).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [item for page in pages for item in page.get("Contents", [])]


def files(bucket, prefix, folder):
    client, root = boto3.client("s3", config=QUICK), pathlib.Path(folder)
    wanted = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    found = {item["Key"].removeprefix(prefix) for item in objects(bucket, prefix)}
    yield from (f"missing: {key}" for key in sorted(wanted.keys() - found))
    yield from (f"extra: {key}" for key in sorted(found - wanted.keys()))
    for key in sorted(found & wanted.keys()):
        reply = client.get_object(Bucket=bucket, Key=prefix + key)
        body, headers = reply["Body"].read(), reply["ResponseMetadata"]["HTTPHeaders"]
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if body != wanted[key]:
            yield f"other bytes: {key}"
        if headers.get("content-type") != TYPES.get(pathlib.PurePosixPath(key).suffix, "application/octet-stream"):
            yield f"{key}: content-type {headers.get('content-type')}"
        if headers.get("cache-control") != "no-cache":
            yield f"{key}: cache-control {headers.get('cache-control')}"
        yield from (f"{key}: {name} {value}" for name, value in headers.items() if name.startswith(UNASKED))


def config(identity, target):
    client, seen = boto3.client("cloudfront", config=QUICK), []
    client.meta.events.register("before-parse.cloudfront.GetDistributionConfig",
                                lambda response_dict, **_: seen.append(response_dict["body"]))
    client.get_distribution_config(Id=identity)
    pathlib.Path(target).write_bytes(seen[0])
    return []


def only_path(old, new, origin, before, after):
    """Compares both as text and as documents: white space, order and unknown elements included."""
    texts = [pathlib.Path(name).read_text() for name in (old, new)]
    if texts[0].count(f">{before}<") != 1:
        yield f"{before} is not in {old} once"
    if texts[0].replace(f">{before}<", f">{after}<") != texts[1]:
        yield "another byte has changed"
    paths = [item.findtext(NAMESPACE + "OriginPath") for item in ET.fromstring(texts[1]).iter(NAMESPACE + "Origin")
             if item.findtext(NAMESPACE + "Id") == origin]
    if paths != [after]:
        yield f"the path of {origin} is {paths}"


def listing(bucket, prefix):
    return (f"{item['Key']} {item['ETag']} {item['LastModified'].isoformat()}" for item in objects(bucket, prefix))


def invalidations(identity):
    client = boto3.client("cloudfront", config=QUICK)
    items = client.list_invalidations(DistributionId=identity)["InvalidationList"].get("Items", [])
    for item in reversed(items):
        batch = client.get_invalidation(DistributionId=identity, Id=item["Id"])["Invalidation"]["InvalidationBatch"]
        yield f"{batch['CallerReference']} {' '.join(batch['Paths']['Items'])}"


if __name__ == "__main__":
    commands = {"files": files, "config": config, "only-path": only_path, "listing": listing, "invalidations": invalidations}
    for line in commands[sys.argv[1]](*sys.argv[2:]):
        print(line)
