#!/usr/bin/env python3
"""Deploys against servers that lie: with certificates that must not be trusted, and with replies that are endless, cut,
huge or no HTTP. A smoke test asks them for a page, and a bucket's store for objects. The deploy must fail within its
limits and 64 MiB, say why, and leave the release live that was."""
import contextlib
import itertools
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading
import zlib

import lib

MEMORY = 64 << 10
"""The most that the runner may have in memory, in KiB."""

CERTIFICATES = {
    # Its names, who has signed it, and the times between which it is good.
    "self-signed": ("localhost", None, "20200101000000Z", "20991231000000Z"),
    "of another host": ("www.example.org", "known", "20200101000000Z", "20991231000000Z"),
    "expired": ("localhost", "known", "20200101000000Z", "20200102000000Z"),
    "not good yet": ("localhost", "known", "20980101000000Z", "20991231000000Z"),
    "by an authority that nobody trusts": ("localhost", "unknown", "20200101000000Z", "20991231000000Z"),
}
GOOD = ("localhost", "known", "20200101000000Z", "20991231000000Z")
CONFIGURATION = """\
[ca]
default_ca = here
[here]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:true
"""


class Certificates:
    """Made by openssl, with two authorities: one that the runner is told to trust, and one that it is not."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        (folder / "configuration").write_text(CONFIGURATION.format(folder=folder))
        (folder / "index.txt").touch()
        (folder / "serial").write_text("01\n")
        for name in ("known", "unknown"):
            self.request(name, name)
            self.sign(name, None, GOOD[2], GOOD[3], "-extensions", "authority")

    def openssl(self, *words):
        done = subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            lib.cannot(f"openssl {words[0]} failed: {done.stderr.decode(errors='replace')}")

    def request(self, name, host):
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                     f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-keyout", f"{name}.key",
                     "-out", f"{name}.csr")

    def sign(self, name, authority, begin, end, *more):
        by = ["-cert", f"{authority}.pem", "-keyfile", f"{authority}.key"] if authority else [
            "-selfsign", "-keyfile", f"{name}.key"]
        self.openssl("ca", "-batch", "-notext", "-config", "configuration", *by, "-startdate", begin, "-enddate", end,
                     "-in", f"{name}.csr", "-out", f"{name}.pem", *more)

    def context(self, host, authority, begin, end):
        self.request("server", host)
        self.sign("server", authority, begin, end)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        return context


def forever(*pieces):
    return itertools.cycle(pieces)


def bomb():
    """Four GiB of blanks, compressed to four MiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    blanks = bytes(1 << 20)
    for _ in range(4096):
        yield packer.compress(blanks)
    yield packer.flush()


OK = b"HTTP/1.1 200 OK\r\n"
REPLIES = {
    "a header that never ends": lambda: itertools.chain([OK, b"X: "], forever(b"x" * 65536)),
    "headers that never end": lambda: itertools.chain([OK], forever(b"X-Y: z\r\n" * 8192)),
    "interim replies that never end": lambda: forever(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2048),
    "a body that never ends": lambda: itertools.chain([OK, b"\r\n"], forever(b"x" * 65536)),
    "a body of an exabyte": lambda: itertools.chain(
        [OK, b"Content-Length: 1152921504606846976\r\n\r\n"], forever(b"x" * 65536)),
    "a body in chunks that never end": lambda: itertools.chain(
        [OK, b"Transfer-Encoding: chunked\r\n\r\n"], forever(b"10000\r\n" + b"x" * 65536 + b"\r\n")),
    "a chunk of 2^64 bytes": lambda: itertools.chain(
        [OK, b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n"], forever(b"x" * 65536)),
    "trailers that never end": lambda: itertools.chain(
        [OK, b"Transfer-Encoding: chunked\r\n\r\n0\r\n"], forever(b"X-Y: z\r\n" * 8192)),
    "four GiB, compressed": lambda: itertools.chain([OK, b"Content-Encoding: gzip\r\n\r\n"], bomb()),
    "XML that never ends": lambda: itertools.chain(
        [OK, b"Content-Type: application/xml\r\n\r\n<ListBucketResult>"], forever(b"<a b='c'>" * 4096)),
    "an error's XML that never ends": lambda: itertools.chain(
        [b"HTTP/1.1 403 Forbidden\r\n\r\n<Error><Message>"], forever(b"no " * 16384)),
    "a length below zero": lambda: [OK, b"Content-Length: -1\r\n\r\nx"],
    "two lengths": lambda: [OK, b"Content-Length: 1\r\nContent-Length: 5\r\n\r\nhello"],
    "a NUL in a header": lambda: [OK, b"ETag: \"a\0b\"\r\nContent-Length: 1\r\n\r\nx"],
    "a body that is cut": lambda: [OK, b"Content-Length: 100\r\n\r\nx"],
    "no HTTP": lambda: [b"220 mail.example.org ESMTP\r\n"],
    "nothing": lambda: [],
    "noise": lambda: [bytes(range(256)) * 64],
    "a redirect in a circle": lambda: [b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"],
    "a redirect to a file": lambda: [
        b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"],
    "a status of no number": lambda: [b"HTTP/1.1 abc OK\r\nContent-Length: 1\r\n\r\nx"],
    "a switch of protocols": lambda: [b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"],
    "a document of entities": lambda: [
        OK + b"Connection: close\r\n\r\n<!DOCTYPE a [<!ENTITY b 'bb'>" + b"".join(
            b"<!ENTITY b%d '&b%d;&b%d;'>" % (n + 1, n, n) for n in range(60)) + b"]><ListBucketResult>&b60;"],
    "XML in 100,000 levels": lambda: [OK + b"Connection: close\r\n\r\n" + b"<a>" * 100_000],
}


class Server:
    """Answers each request with one reply, on a thread for each connection. It counts the requests that it has read."""

    def __init__(self, reply, context=None):
        self.reply, self.context = reply, context
        self.requests = self.handshakes = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.serve, args=[self.listener.accept()[0]], daemon=True).start()

    def serve(self, connection):
        # Whoever is lied to hangs up.
        with contextlib.suppress(OSError), connection:
            connection.settimeout(60)
            if self.context:
                # The handshake fails if the runner does as it should; that it has begun is what counts.
                self.handshakes += 1
                connection = self.context.wrap_socket(connection, server_side=True)
            read = b""
            while b"\r\n\r\n" not in read:
                piece = connection.recv(65536)
                if not piece:
                    return
                read += piece
            self.requests += 1
            for piece in self.reply():
                connection.sendall(piece)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


PIPELINES = {
    "smoke test": """\
version: 1
name: smoke
inputs: { release: { type: string } }
with: { store: store }
steps:
  - { uses: hash, with: { source: "sites/${{ inputs.release }}" } }
  - { uses: sync, with: { version: "${{ inputs.release }}" } }
  - uses: switch-origin
  - uses: smoke
    retry: { attempts: 1 }
    with: { url: "SCHEME://localhost:PORT/", contains: "</html>", manifest: none, redirects: 3, timeout: 10s }
""",
    "bucket": """\
version: 1
name: bucket
inputs: { release: { type: string } }
with: { store: s3://bucket/site }
concurrency: none
steps:
  - { uses: hash, with: { source: "sites/${{ inputs.release }}" } }
  - uses: sync
    timeout: 20s
    retry: { attempts: 1 }
    with: { version: "${{ inputs.release }}" }
""",
}


def measured(made, words, environment):
    """Starts the runner. Gives its status, what it said and the most memory that it had, in KiB."""
    with open(made.folder / "said", "w+b") as output:
        child = os.posix_spawn(
            made.command()[0], made.command(*words), environment,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                          (os.POSIX_SPAWN_DUP2, output.fileno(), 1), (os.POSIX_SPAWN_DUP2, output.fileno(), 2)])
        timer = threading.Timer(lib.LIMIT, os.kill, (child, 9))
        timer.start()
        _, status, usage = os.wait4(child, 0)
        timer.cancel()
        output.seek(0)
        return os.waitstatus_to_exitcode(status), output.read().decode(errors="replace"), usage.ru_maxrss


def deploy(made, pipeline, server, bundle=None):
    """A deploy of v2 against a server."""
    scheme = "https" if server.context else "http"
    text = PIPELINES[pipeline].replace("SCHEME", scheme).replace("PORT", str(server.port))
    (made.folder / "attacked.yml").write_text(text)
    environment = made.environment | {
        "NO_PROXY": "localhost", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_S3": f"{scheme}://localhost:{server.port}"}
    if bundle:
        environment["AWS_CA_BUNDLE"] = str(bundle)
    return measured(made, ["run", str(made.folder / "attacked.yml"), "-i", "release=v2"], environment)


def expect_refused(made, code, text, peak):
    lib.expect(code != -9, f"the run hangs: {text}")
    lib.expect(code >= 0, f"the run ended by signal {-code}: {text}")
    lib.expect(code in (1, 124), f"the run ended with {code}: {text}")
    lib.expect("error:" in text, f"the run does not say why: {text}")
    lib.expect("root:" not in text, f"a file of this machine was shown: {text}")
    lib.expect(peak <= MEMORY, f"the run took {peak} KiB: {text}")
    made.expect_live("v1")


def worker(items):
    with lib.temporary_folder() as folder:
        folder = pathlib.Path(folder).resolve()
        made = lib.Project(folder / "project", items[0][0], ["v1", "v2"])
        made.deploy("v1")
        made.keep()
        certificates = Certificates(folder / "certificates")
        bundle = certificates.folder / "known.pem"
        for _, what, pipeline, name in items:
            made.restore()
            if what == "certificate":
                server = Server(lambda: [OK + b"Content-Length: 7\r\n\r\n</html>"],
                                certificates.context(*CERTIFICATES.get(name, GOOD)))
            else:
                server = Server(REPLIES[name])
            code, text, peak = deploy(made, pipeline, server, bundle if what == "certificate" else None)
            server.close()
            wrong = None
            try:
                if name == "good":
                    lib.expect(code == 0 and server.requests, f"a good certificate was refused, exit {code}: {text}")
                else:
                    expect_refused(made, code, text, peak)
                    lib.expect(what == "reply" or not server.requests, f"a request was sent: {text}")
            except lib.Wrong as error:
                wrong = str(error)
            # The server's own count shows that the runner came.
            counted = server.handshakes > 0 if what == "certificate" else server.requests > 0
            yield what, pipeline, lib.Round(name, counted, wrong, [f"exit {code}"])


WHAT = {"certificate": "certificates that must not be trusted", "reply": "hostile replies"}


def main():
    given = lib.arguments(__doc__, "one for each certificate and reply")
    if not shutil.which("openssl"):
        lib.cannot("there is no openssl command")
    # The good one shows that the others are refused for what is wrong with them.
    items = [(given.runner, "certificate", "smoke test", "good")]
    items += [(given.runner, "certificate", *pair) for pair in itertools.product(PIPELINES, CERTIFICATES)]
    items += [(given.runner, "reply", *pair) for pair in itertools.product(PIPELINES, REPLIES)]
    report = lib.Report()
    chosen = [items[index] for index in lib.spread(len(items), given.rounds)]
    for what, pipeline, one in lib.rounds_of(worker, chosen, given.jobs):
        report.add(f"{WHAT[what]}, {pipeline}", one)
    report.close()


if __name__ == "__main__":
    main()
