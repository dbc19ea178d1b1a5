"""What `targets` measures: each part knows how to run both sides once."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import benchlib as b

MEMORY = Path("/dev/shm") if os.path.isdir("/dev/shm") else Path(tempfile.gettempdir())
BENCH = b.HERE.parent / ".bench"


def site_small():
    """10,000 files, made once."""
    tree = BENCH / "trees" / "site-small"
    if not tree.is_dir():
        tree.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([b.HERE / "corpus", "make", "site-small", "--out", tree], check=True)
    return tree


class Part:
    """One comparison: `says` in words, `limit` as the largest ratio of runner to yardstick, or None if their ratio does
    not count, `counts` as further rows of (words, measured, limit) that a part finds out while it samples. Without
    `has_yardstick` there is nothing to take turns with."""

    says, limit, rounds, has_yardstick = "", 0.0, 0, True

    def __init__(self, runner, helpers, env):
        self.runner, self.helpers, self.env, self.counts = str(runner), helpers, env, []
        self.folder = None

    def __enter__(self):
        try:
            self.prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.folder:
            shutil.rmtree(self.folder)

    def prepare(self):
        pass

    def run(self, argv, cwd=None):
        sample = b.measure([str(a) for a in argv], env=self.env, cwd=cwd and str(cwd))
        tail = sample.pop("tail")
        if sample["rc"]:
            raise b.NotMeasured(f"{' '.join(map(str, argv))} ended with {sample['rc']}: {tail[-2000:].strip()}")
        return sample


class StartupTarget(Part):
    says, limit, rounds = "runner --version / s5cmd version", 1.3, 40

    def prepare(self):
        self.s5cmd = b.s5cmd()

    def sample(self, side):
        return self.run([self.runner, "--version"] if side == "runner" else [self.s5cmd, "version"])


class ValidateTarget(Part):
    says, limit, rounds = "runner validate of the longest example / runner --version", 1.5, 40

    def prepare(self):
        examples = (b.HERE.parent / "pipelines").glob("*.yml")
        self.file = max(examples, key=lambda file: file.read_text().count("uses:"))

    def sample(self, side):
        return self.run([self.runner, "--version"] if side == "yardstick" else [self.runner, "validate", self.file])


class GzipTarget(Part):
    """Trees and outputs of both sides are in memory, so that no disk is in the way."""

    says, limit, rounds = "gzip level 9 of site-small, two workers / zlib alone", 1.1, 7

    def prepare(self):
        tree = site_small()
        self.folder = Path(tempfile.mkdtemp(prefix="runner-bench-", dir=MEMORY))
        shutil.copytree(tree, self.folder / "site")
        self.names = sorted(b.tree(tree))
        (self.folder / "list").write_text("".join(name + "\n" for name in self.names))
        shutil.copy(b.HERE / "templates" / "gzip.yml", self.folder / "gzip.yml")
        # Two cores for both sides, however many the machine has.
        self.two = ["taskset", "-c", ",".join(map(str, sorted(os.sched_getaffinity(0))[:2]))]

    def sample(self, side):
        runs = self.folder / "runs"
        for old in (self.folder / "site").rglob("*.gz"):
            old.unlink()
        shutil.rmtree(runs, ignore_errors=True)
        if side == "yardstick":
            zall = f"{self.helpers}/zall -l 9 -t 2 < ../list"
            return self.run([*self.two, "bash", "-c", zall], cwd=self.folder / "site")
        sample = self.run([*self.two, self.runner, "run", self.folder / "gzip.yml", "--state", runs])
        sample["outputs"] = sum(self.is_gzip(path) for path in runs.rglob("*") if path.is_file())
        if sample["outputs"] != len(self.names):
            raise b.NotMeasured(f"the runner made {sample['outputs']} compressed files of {len(self.names)}")
        return sample

    @staticmethod
    def is_gzip(path):
        with open(path, "rb") as file:
            return file.read(2) == b"\x1f\x8b"


class JournalTarget(Part):
    """Both sides write to the same disk; the yardstick appends as many records, of the same mean size, as the run did."""

    STEPS = 1000
    says, limit, rounds = f"{STEPS} log steps / as many bare fsynced appends", 2.0, 7

    def prepare(self):
        BENCH.mkdir(exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="journal-", dir=BENCH))
        # What a run records of itself and not of its steps is the difference to a run of one step.
        _, alone = self.journalled(1)
        _, self.journal = self.journalled(self.STEPS)
        records = (self.journal.count(b"\n") - alone.count(b"\n")) / (self.STEPS - 1)
        if records < 1:
            raise b.NotMeasured(f"{records:.2f} journal records a step: the run does not journal its steps")
        self.counts = [("journal records a step", records, 3.0)]

    def journalled(self, steps):
        """Runs that many log steps; the sample, and the journal that the run left."""
        file, runs = self.folder / f"log-{steps}.yml", self.folder / "runs"
        text = "".join(f"  - {{ uses: log, with: {{ message: step {n} }} }}\n" for n in range(steps))
        file.write_text(f"version: 1\nname: bench\nsteps:\n{text}")
        shutil.rmtree(runs, ignore_errors=True)
        sample = self.run([self.runner, "run", file, "--state", runs])
        journals = list(runs.rglob("journal.jsonl"))
        if len(journals) != 1:
            raise b.NotMeasured(f"the run left {len(journals)} journals in {runs}")
        return sample, journals[0].read_bytes()

    def sample(self, side):
        if side == "runner":
            return self.journalled(self.STEPS)[0]
        file, records = self.folder / "appends", self.journal.count(b"\n")
        file.unlink(missing_ok=True)
        return self.run([self.helpers / "appends", file, records, len(self.journal) // records])


class ExecTarget(Part):
    """What a step adds to the start of a program. The run's folder is in memory: the journal has a part of its own."""

    STEPS, PROGRAM = 300, "/bin/true"
    says, limit, rounds = f"{STEPS} exec steps of {PROGRAM} / as many plain forks and execs", 10.0, 7

    def prepare(self):
        self.folder = Path(tempfile.mkdtemp(prefix="runner-bench-", dir=MEMORY))
        step = f"  - {{ uses: exec, with: {{ command: [{self.PROGRAM}] }}, rollback: false }}\n"
        self.file, self.walls = self.folder / "exec.yml", {"runner": [], "yardstick": []}
        self.file.write_text("version: 1\nname: bench\nsteps:\n" + step * self.STEPS)

    def sample(self, side):
        shutil.rmtree(self.folder / "runs", ignore_errors=True)
        if side == "runner":
            sample = self.run([self.runner, "run", self.file, "-q", "--state", self.folder / "runs"])
        else:
            sample = self.run([self.helpers / "forks", self.STEPS, self.PROGRAM])
        self.walls[side].append(sample["wall"])
        if all(self.walls.values()):
            runner, plain = (b.spread(walls)["median"] for walls in self.walls.values())
            self.counts = [("ms of a step beyond its program", (runner - plain) / self.STEPS * 1000, 5.0)]
        return sample


class TreeTarget(Part):
    """A site of very many small files must not sit in memory."""

    FILES = 200_000
    says, limit, rounds = f"{FILES:,} small files into a folder store, and again unchanged", None, 1
    has_yardstick = False

    def prepare(self):
        BENCH.mkdir(exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="tree-", dir=BENCH))
        for number in range(self.FILES):
            path = self.folder / "site" / f"{number // 10_000:02}" / f"{number // 100 % 100:02}"
            if number % 100 == 0:
                path.mkdir(parents=True)
            (path / f"{number % 100:02}.html").write_text(f"<p>{number}</p>\n")
        for version in ("v1", "v2"):
            (self.folder / f"{version}.yml").write_text(
                "version: 1\nname: tree\nwith: { store: store }\nsteps:\n  - { uses: hash, with: { source: site } }\n"
                f"  - {{ uses: sync, with: {{ version: {version} }} }}\n  - uses: switch-origin\n")

    def sample(self, side):
        deploys = [
            self.run([self.runner, "run", self.folder / f"{version}.yml", "-q", "--project", self.folder])
            for version in ("v1", "v2")
        ]
        served = subprocess.run(
            ["diff", "-rq", "site", "store/current"], cwd=self.folder, capture_output=True, text=True)
        if served.returncode:
            raise b.NotMeasured(f"what is served is not the site: {served.stdout[:500]}{served.stderr[:500]}")
        peaks = [deploy["rss_kib"] / 1024 for deploy in deploys]
        self.counts = [("MiB of memory at most, first deploy", peaks[0], 64.0), ("MiB, second deploy", peaks[1], 64.0)]
        return {**deploys[0], "wall": sum(deploy["wall"] for deploy in deploys)}


class FolderTarget(Part):
    """A release in a folder store: hashed, copied, durable, compared with its manifest, live. Both sides write to the
    same disk, and what the other one has left to write is on it before a side starts."""

    says, limit, rounds = "10,000 files into a folder store / rsync -a, then sync -f", 1.2, 3
    COPY = "rsync -a site/ copy/ && sync -f copy"

    def prepare(self):
        BENCH.mkdir(exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="folder-", dir=BENCH))
        shutil.copytree(site_small(), self.folder / "site")
        for site in ("site", "changed"):
            (self.folder / f"{site}.yml").write_text(
                "version: 1\nname: folder\nwith: { store: store }\nsteps:\n"
                f"  - {{ uses: hash, with: {{ source: {site} }} }}\n"
                f"  - {{ uses: sync, with: {{ version: {site} }} }}\n  - uses: switch-origin\n")

    def clean(self):
        for name in ("copy", "copy2", "store", "runs"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        os.sync()

    def deploy(self, site):
        return self.run([self.runner, "run", self.folder / f"{site}.yml", "-q", "--project", self.folder,
                         "--state", self.folder / "runs"])

    def check(self, site, copy):
        differs = subprocess.run(["diff", "-rq", site, copy], cwd=self.folder, capture_output=True, text=True)
        if differs.returncode:
            raise b.NotMeasured(f"{copy} is not {site}: {differs.stdout[:500]}{differs.stderr[:500]}")

    def sample(self, side):
        self.clean()
        if side == "runner":
            sample, copy = self.deploy("site"), "store/current"
        else:
            sample, copy = self.run(["bash", "-c", self.COPY], cwd=self.folder), "copy"
        self.check("site", copy)
        return sample


class ChangedTarget(FolderTarget):
    """The next release, of which one file in a hundred is another."""

    says, limit = "1 % of 10,000 files changed / rsync -a --checksum --link-dest, then sync -f", 0.8
    RECOPY = 'rsync -a --checksum --link-dest="$PWD/copy" changed/ copy2/ && sync -f copy2'

    def prepare(self):
        super().prepare()
        shutil.copytree(self.folder / "site", self.folder / "changed")
        for name in sorted(b.tree(self.folder / "changed"))[::100]:
            with open(self.folder / "changed" / name, "ab") as file:
                file.write(b"<!-- changed -->")

    def sample(self, side):
        self.clean()
        if side == "runner":
            self.deploy("site")
            os.sync()
            sample, copy = self.deploy("changed"), "store/current"
        else:
            self.run(["bash", "-c", self.COPY], cwd=self.folder)
            os.sync()
            sample, copy = self.run(["bash", "-c", self.RECOPY], cwd=self.folder), "copy2"
        self.check("changed", copy)
        return sample


class FarTarget(Part):
    """What it costs that a deploy is safe from other machines, and can be finished on another one: its lease and the copy
    of its journal are in the bucket, and every request takes as long as one to another region. The yardstick is the same
    deploy without them. One store and one distribution serve both, by turns, so that each deploy finds as much as the
    other's; the servers are the test bed's, and their data is in memory."""

    FILES = int(os.environ.get("BENCH_FAR_FILES", "10000"))
    says, limit, rounds = f"1 % of {FILES:,} files changed, servers far away, with and without lease and journal there", None, 5
    SIDES = {"runner": "", "yardstick": "concurrency: none\njournal: local\n"}

    def prepare(self):
        self.folder = Path(tempfile.mkdtemp(prefix="runner-bench-", dir=MEMORY))
        shutil.copytree(site_small(), self.folder / "site")
        self.names, self.releases, self.walls = sorted(b.tree(self.folder / "site")), 0, {side: [] for side in self.SIDES}
        for name in self.names[self.FILES:]:
            (self.folder / "site" / name).unlink()
        del self.names[self.FILES:]
        command = [sys.executable, b.HERE.parent / "Tests" / "TestBed" / "testbed", "hold", "--edges", "2",
                   "--edge-options", "--config-delay 0,0.1 --invalidation-delay 0,0.1"]
        self.bed = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                    env=self.env | {"TMPDIR": str(MEMORY)})
        file = self.bed.stdout.readline().strip()
        if not file:
            raise b.NotMeasured("the test bed did not come up: `make deps-test` installs what it needs")
        bed = dict(re.findall(r"^export (\w+)='(.*)'$", Path(file).read_text(), re.MULTILINE))
        self.env = self.env | bed
        self.delays = []
        for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_CLOUDFRONT"):
            port = b.free_port()
            self.delays.append(subprocess.Popen(
                [self.helpers / "delay", str(port), bed[name].rsplit(":", 1)[1], f"{b.LATENCY:g}"]))
            self.env[name] = f"http://127.0.0.1:{port}"
        for side, settings in self.SIDES.items():
            (self.folder / f"{side}.yml").write_text(
                f"version: 1\nname: far\n{settings}inputs: {{ release: {{ type: string }} }}\n"
                f"with: {{ store: 's3://{bed['S3_BUCKET']}/far', distribution: {bed['DISTRIBUTION_ID']} }}\nsteps:\n"
                "  - { uses: hash, with: { source: site } }\n"
                "  - { uses: sync, with: { version: '${{ inputs.release }}' } }\n"
                # How long edges take says nothing here.
                "  - { uses: switch-origin, with: { wait: false } }\n  - { uses: invalidate, with: { wait: false } }\n")
        self.deploy("yardstick")

    def __exit__(self, *_):
        for delay in getattr(self, "delays", []):
            delay.terminate()
            delay.wait()
        if hasattr(self, "bed"):
            self.bed.communicate()  # it ends when its standard input does
        super().__exit__()

    def deploy(self, side):
        self.releases += 1
        return self.run([self.runner, "run", self.folder / f"{side}.yml", "-q", "-i", f"release=v{self.releases}",
                         "--project", self.folder, "--state", self.folder / "runs"])

    def sample(self, side):
        for name in self.names[self.releases % 100::100]:
            with open(self.folder / "site" / name, "ab") as file:
                file.write(b"<!-- changed -->")
        sample = self.deploy(side)
        self.walls[side].append(sample["wall"])
        if all(self.walls.values()):
            # Of each side, the first round fills caches.
            safe, alone = (b.spread(walls[1:] or walls)["median"] for walls in self.walls.values())
            self.counts = [(f"seconds that lease and journal add, {b.LATENCY:g} ms a request", safe - alone, 1.0)]
        return sample
