"""What the attacks of this folder share: a site in several versions, a project that deploys them, what must be true."""
import argparse
import collections
import concurrent.futures
import gzip
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

CANNOT = 77
# No run of these small sites needs it, on the slowest of machines. A runner that does not end by then hangs.
LIMIT = 600


def cannot(why):
    """Ends the program: what it tries cannot be tried here."""
    print(f"cannot be tried here: {why}")
    sys.exit(CANNOT)


def arguments(description, rounds, **more):
    """The command line that all attacks have. `rounds` says what happens without `--rounds`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("runner", type=lambda text: pathlib.Path(text).resolve(), help="the built program")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"how many rounds, evenly spread (default: {rounds})")
    parser.add_argument("--jobs", type=int, metavar="N", default=len(os.sched_getaffinity(0)),
                        help="how many rounds at a time (default: one for each processor)")
    for name, settings in more.items():
        parser.add_argument(f"--{name}", **settings)
    given = parser.parse_args()
    # Ends like an interrupt, so that what was made is deleted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not os.access(given.runner, os.X_OK):
        parser.error(f"{given.runner} is no program")
    return given


def spread(total, rounds):
    """`rounds` of the numbers 0 ..< total, evenly spread; all of them if there are no more."""
    if rounds is None or rounds >= total:
        return list(range(total))
    return [index * total // rounds for index in range(rounds)]


class Wrong(Exception):
    """A promise that was not kept."""


def expect(condition, what):
    if not condition:
        raise Wrong(what)


Round = collections.namedtuple("Round", "name counted wrong notes")
"""One round: its name, whether what it tries has happened, what was wrong (or None), and words to count."""


class Report:
    """Counts rounds, shows at once what is wrong, and closes with one line for each thing tried."""

    def __init__(self):
        self.lines = collections.defaultdict(lambda: dict(tried=0, counted=0, wrong=0, notes=collections.Counter()))
        self.failed = False

    def add(self, what, one):
        line = self.lines[what]
        line["tried"] += 1
        line["counted"] += one.counted
        line["notes"].update(one.notes)
        if one.wrong:
            line["wrong"] += 1
            self.failed = True
            print(f"WRONG: {what}: {one.name}: {one.wrong}", flush=True)

    def close(self):
        """Prints the closing lines, and ends the program."""
        for what, line in self.lines.items():
            words = [f"{line['counted']} of {line['tried']} rounds counted"]
            words += [f"{note} {times}" for note, times in sorted(line["notes"].items())]
            print(f"tried: {what}: {', '.join(words)}; {line['wrong']} wrong", flush=True)
            # A round that shows nothing is no proof. Some may miss; if most do, the attack itself is broken.
            if line["counted"] * 2 < line["tried"] or line["tried"] == 0:
                print(f"WRONG: {what}: too few rounds counted")
                self.failed = True
        sys.exit(1 if self.failed else 0)


def rounds_of(worker, items, jobs):
    """Does `worker(items)`, a generator, for 25 items at a time in several processes, and gives what they give."""
    parts = [items[index:index + 25] for index in range(0, len(items), 25)]
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        try:
            for done in concurrent.futures.as_completed([pool.submit(_all_of, worker, part) for part in parts]):
                yield from done.result()
        except BaseException:
            # An interrupt does not wait for the rounds that have not begun.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _all_of(worker, part):
    return list(worker(part))


def temporary_folder():
    return tempfile.TemporaryDirectory(prefix="runner-attack-", ignore_cleanup_errors=True)


def site(version, size=500):
    """The files of a version: two that never change, two that do, two whose names change with the content."""
    def text(seed):
        words, state = [], hashlib.sha256(seed.encode()).hexdigest()
        while len(" ".join(words)) < size:
            state = hashlib.sha256(state.encode()).hexdigest()
            words.append(state[:7])
        # Three times, so that compressing it makes it smaller.
        return b"\n".join([" ".join(words).encode()] * 3)

    page = (f'<!doctype html><html><head><link rel="stylesheet" href="assets/style-{version}.css">'
            f'<script src="assets/app/main-{version}.js"></script></head><body data-release="{version}">').encode()
    return {
        "index.html": page + text(version) + b"</body></html>\n",
        "about/index.html": b"<!doctype html>" + text("about " + version) + b"\n",
        "about/same.txt": text("same") + b"\n",
        "robots.txt": b"User-agent: *\n",
        f"assets/style-{version}.css": b"/* " + text("style " + version) + b" */\n",
        f"assets/app/main-{version}.js": b"// " + text("main " + version) + b"\n",
    }


Said = collections.namedtuple("Said", "code text")


class Project:
    """A folder with sites, pipelines and a store, in which the runner is started as its user starts it."""

    PIPELINE = """\
version: 1
name: deploy
inputs: {{ release: {{ type: string }} }}
with: {{ store: "{store}" }}
concurrency: {{ wait: 30m }}
steps:
  - {{ uses: hash, with: {{ source: "sites/${{{{ inputs.release }}}}" }} }}
  - uses: gzip
  - {{ uses: sync, with: {{ version: "${{{{ inputs.release }}}}" }} }}
  - {{ uses: switch-origin, with: {{ overlap: {{ match: "assets/**", releases: 1 }} }} }}
{then}finally:
  - uses: log
"""

    def __init__(self, folder, runner, versions, size=500, store="store", state=None):
        self.folder, self.runner = pathlib.Path(folder), runner
        self.store = self.folder / store
        self.state = state
        self.sites = {version: site(version, size) for version in versions}
        self.folder.mkdir(parents=True)
        for version, files in self.sites.items():
            for name, content in files.items():
                path = self.folder / "sites" / version / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        self.write("deploy.yml")
        self.write("fails.yml", '  - { uses: exec, rollback: false, with: { command: ["false"] } }\n')
        self.write("prune.yml", "  - { uses: prune, rollback: false, with: { keep: 1, min-age: 0s } }\n")

    def write(self, name, then=""):
        (self.folder / name).write_text(self.PIPELINE.format(store=self.store, then=then))

    def command(self, *words):
        state = ["--state", str(self.state)] if self.state else []
        return [str(self.runner), *words, *state]

    @property
    def environment(self):
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.folder), "LANG": "C.UTF-8",
                "GIT_CONFIG_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": str(self.folder.parent)}

    def start(self, *words):
        return subprocess.Popen(self.command(*words), cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def says(self, *words, limit=LIMIT):
        """Starts the runner and waits for it. It must end by itself, and not by a signal."""
        process = self.start(*words)
        try:
            text = process.communicate(timeout=limit)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            process.kill()
            text = process.communicate()[0].decode(errors="replace")
            raise Wrong(f"`runner {' '.join(words)}` did not end within {limit} s: {text[-2000:]}") from None
        code = process.returncode
        expect(code >= 0, f"`runner {' '.join(words)}` ended by signal {-code}: {text[-2000:]}")
        return Said(code, text)

    def must(self, codes, *words, limit=LIMIT):
        said = self.says(*words, limit=limit)
        expect(said.code in codes, f"`runner {' '.join(words)}` ended with {said.code}: {said.text[-2000:]}")
        return said

    def deploy(self, version, file="deploy.yml"):
        said = self.must([0], "run", file, "-i", f"release={version}")
        self.expect_live(version)
        return said

    def live(self):
        """The release that `current` leads to."""
        try:
            text = os.readlink(self.store / "current")
        except OSError as error:
            raise Wrong(f"current cannot be read: {error}") from None
        expect(text.startswith("releases/"), f"current leads to {text}")
        return text.removeprefix("releases/")

    def expect_live(self, *versions):
        """One of these is live, and it is whole."""
        live = self.live()
        expect(live in versions, f"{live} is live, and not {' or '.join(versions)}")
        self.expect_whole(live)
        return live

    def expect_whole(self, version):
        """Every file of a release is as in its site, beside compressed ones and other versions' assets."""
        expect(version in self.sites, f"{version} is not one of the sites")
        root = self.store / "releases" / version
        found = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        assets = {name: content for files in self.sites.values() for name, content in files.items()
                  if name.startswith("assets/")}
        for name, content in self.sites[version].items():
            expect(name in found, f"{name} of {version} is missing")
            expect(found[name] == content, f"{name} of {version} is not as in its site")
        for name, content in found.items():
            plain = name.removesuffix(".gz")
            wanted = self.sites[version].get(plain, assets.get(plain))
            expect(wanted is not None, f"{version} has a file of nobody, {name}")
            if plain == name:
                expect(content == wanted, f"{name} in {version} is not as in its site")
                continue
            try:
                unpacked = gzip.decompress(content)
            except (OSError, EOFError) as error:
                raise Wrong(f"{name} in {version} is no gzip: {error}") from None
            expect(unpacked == wanted, f"{name} in {version} does not unpack to {plain}")

    def expect_tidy(self):
        """After a prune, nothing of an interrupted deploy is left: no temporary file, no release without a manifest."""
        records = self.store / ".runner"
        temporary = [str(path) for path in self.store.rglob("*.tmp")]
        expect(not temporary, f"temporary files are left: {temporary}")
        for name in ("trash", "incoming"):
            left = os.listdir(records / name) if (records / name).is_dir() else []
            expect(not left, f".runner/{name} has {left}")
        releases = set(os.listdir(self.store / "releases"))
        manifests = {path.name.removesuffix(".jsonl") for path in (records / "manifests").glob("*.jsonl")}
        expect(releases == manifests, f"the releases are {sorted(releases)}, the manifests {sorted(manifests)}")
        found = set(os.listdir(self.store))
        expect(found == {".runner", "current", "releases"}, f"the store has {sorted(found)}")
        for version in releases:
            self.expect_whole(version)

    def expect_recovers(self, *versions, ended=None):
        """`recover` ends with 0 or 1; then nothing is left to recover, and one of these versions is live.

        `ended` is how the run before it ended, if it did. One that ended with 3 has said what it leaves to a person.
        """
        said = self.must([0, 1], "recover")
        live = self.expect_live(*versions)
        self.must([0], "recover")
        self.expect_live(live)
        runs = self.must([0], "runs").text
        states = "interrupted|at work" if ended == 3 else "interrupted|at work|not restored"
        left = [line for line in runs.splitlines() if re.search(rf"  ({states})(  |$)", line)]
        expect(not left, f"recover has left {left}")
        return said

    def keep(self):
        """Keeps the folder as it is now, hard links included, for `restore`."""
        subprocess.run(["cp", "-a", str(self.folder), f"{self.folder}.kept"], check=True)

    def restore(self):
        shutil.rmtree(self.folder)
        subprocess.run(["cp", "-a", f"{self.folder}.kept", str(self.folder)], check=True)
