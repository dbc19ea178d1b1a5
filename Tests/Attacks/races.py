#!/usr/bin/env python3
"""Starts 30 deploys at once that wait for one another's lease of a folder store, while readers read the live page and
what it refers to. The newest deploy must win, and no reader may find a mix or miss a file."""
import collections
import pathlib
import re
import subprocess
import threading
import time

import lib

DEPLOYS = 30
ROUNDS = 10
READERS = 2

Miss = collections.namedtuple("Miss", "version name live")
"""A file of a page that was not found through `current`, and the release that was live right after."""


class Reader(threading.Thread):
    """Reads through `current`, as a web server does that follows the link for each request."""

    def __init__(self, made, stop):
        super().__init__(daemon=True)
        self.made, self.stop = made, stop
        self.pages, self.switched = 0, 0
        self.versions, self.misses, self.wrong = set(), [], None

    def run(self):
        try:
            while not self.stop.is_set():
                self.read()
        except (lib.Wrong, OSError) as error:
            self.wrong = f"a reader: {error}"

    def read(self):
        current = self.made.store / "current"
        page = (current / "index.html").read_bytes()
        version = re.search(rb'data-release="(\w+)"', page)[1].decode()
        files = self.made.sites[version]
        lib.expect(page == files["index.html"], f"index.html of {version} is not as in its site")
        for name in re.findall(r'(?:href|src)="([^"]+)"', page.decode()):
            try:
                content = (current / name).read_bytes()
            except FileNotFoundError:
                self.misses.append(Miss(version, name, self.made.live()))
                # Whoever looks into the release itself finds it in any case.
                content = (self.made.store / "releases" / version / name).read_bytes()
            lib.expect(content == files[name], f"{name} of {version} is not as in its site")
        self.pages += 1
        self.switched += self.made.live() != version
        self.versions.add(version)


def race(made, stop):
    """One race. Gives the deploys that switched and those that were refused, and its readers."""
    started = {}
    readers = [Reader(made, stop) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    for version in list(made.sites)[1:]:
        # Each with a state folder of its own, as on as many machines.
        command = made.command("run", "deploy.yml", "-v", "-i", f"release={version}", "--state", f"states/{version}")
        with open(made.folder / f"{version}.log", "wb") as log:
            started[version] = subprocess.Popen(
                command, cwd=made.folder, env=made.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT)
        # So that they begin in more than one second.
        time.sleep(0.05)
    end = time.monotonic() + 1800
    try:
        for version, process in started.items():
            process.wait(max(0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise lib.Wrong(f"the deploy of {version} did not end within 1,800 s") from None
    finally:
        for process in started.values():
            if process.poll() is None:
                process.kill()
        stop.set()
        for reader in readers:
            reader.join()
    return {version: lib.Said(process.returncode, (made.folder / f"{version}.log").read_text(errors="replace"))
            for version, process in started.items()}, readers


def began(said):
    """The second in which a run began, as its id tells. The store's records have whole seconds, and these decide."""
    found = re.search(r"\brun (\d{8}-\d{6})-\d{3}-", said.text)
    lib.expect(found, f"a run does not tell its id: {said.text}")
    return found[1]


def expect_good(made, ended, readers):
    before = {}
    for version, said in ended.items():
        lib.expect(said.code in (0, 1), f"the deploy of {version} ended with {said.code}: {said.text}")
        switch = re.search(r"\bok +switch-origin-1 +(\w+) -> (\w+)", said.text)
        if said.code == 0:
            lib.expect(switch and switch[2] == version, f"{version} was not switched to: {said.text}")
            before[version] = switch[1]
        else:
            lib.expect("is older than" in said.text, f"the deploy of {version} failed for another reason: {said.text}")
    # What each has switched from is the order of all.
    order = ["v0"]
    following = {old: new for new, old in before.items()}
    lib.expect(len(following) == len(before), f"two deploys have replaced the same release: {before}")
    while order[-1] in following:
        order.append(following[order[-1]])
    lib.expect(len(order) == len(before) + 1, f"the switches make no chain: {before}")
    times = [began(ended[version]) for version in order[1:]]
    told = " -> ".join(f"{version} ({time})" for version, time in zip(order[1:], times))
    lib.expect(times == sorted(times), f"an older deploy has replaced a newer one: {told}")
    newest = max(map(began, ended.values()))
    lib.expect(times[-1] == newest, f"the newest deploy, of {newest}, has not won: {told}")
    made.expect_live(order[-1])
    made.expect_tidy()
    for reader in readers:
        lib.expect(reader.wrong is None, reader.wrong)
        for miss in reader.misses:
            # The overlap covers one switch. Whoever is slower than two has asked too late.
            passed = order.index(miss.live) - order.index(miss.version)
            lib.expect(passed > 1, f"a page of {miss.version} misses {miss.name}, and {miss.live} was live: {order}")


def one_round(runner):
    with lib.temporary_folder() as folder:
        versions = [f"v{number}" for number in range(DEPLOYS + 1)]
        made = lib.Project(pathlib.Path(folder).resolve() / "project", runner, versions)
        made.deploy("v0")
        ended, readers, wrong = {}, [], None
        try:
            ended, readers = race(made, threading.Event())
            expect_good(made, ended, readers)
        except lib.Wrong as error:
            wrong = str(error)
        waited = sum("waiting for" in said.text for said in ended.values())
        notes = collections.Counter({
            "deploys that waited": waited, "switches": sum(said.code == 0 for said in ended.values()),
            "refused as older": sum(said.code == 1 for said in ended.values()),
            "pages read": sum(reader.pages for reader in readers),
            "pages during a switch": sum(reader.switched for reader in readers),
        })
        # A deploy says that it has met another. A page that was replaced while it was read shows that readers met them.
        return waited > 0 and notes["pages during a switch"] > 0, wrong, notes


def worker(items):
    for runner, number in items:
        counted, wrong, notes = one_round(runner)
        yield lib.Round(f"round {number}", counted, wrong, notes)


def main():
    given = lib.arguments(__doc__, ROUNDS)
    report = lib.Report()
    # One race at a time: it has processes enough.
    for one in lib.rounds_of(worker, [(given.runner, number) for number in range(given.rounds or ROUNDS)], 1):
        report.add(f"{DEPLOYS} deploys that race for one store", one)
    report.close()


if __name__ == "__main__":
    main()
