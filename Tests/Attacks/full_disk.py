#!/usr/bin/env python3
"""Deploys onto a disk that gets full: a file system in memory that has, over what is on it already, each of 61 parts of
the room that the deploy needs, or of the files. The store is on it, or the state folder, or both."""
import contextlib
import os
import pathlib
import subprocess
import sys

import lib

# Where the project has the store and the state folder. The file system is mounted at `disk`.
PLACES = {
    "store": dict(store="disk/store", state=None),
    "state folder": dict(store="store", state="disk/state"),
    "store and state folder": dict(store="disk/store", state="disk/state"),
}
PARTS = 61
# What can be used up: the name of its limit as an option of mount, how much is enough, how much is used, and in what
# steps it is given.
LIMITS = {
    "room": ("size", 64 << 20, lambda found: (found.f_blocks - found.f_bfree) * found.f_frsize,
             os.sysconf("SC_PAGE_SIZE")),
    "files": ("nr_inodes", 10_000, lambda found: found.f_files - found.f_ffree, 1),
}


class Disk:
    def __init__(self, folder):
        self.folder = folder

    def mount(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", self.options(), "none", str(self.folder)], check=True)

    def unmount(self):
        subprocess.run(["umount", str(self.folder)], check=True)

    def limit(self, **limits):
        subprocess.run(["mount", "-o", f"remount,{self.options(**limits)}", str(self.folder)], check=True)

    @staticmethod
    def options(**limits):
        names = {name: enough for name, enough, _, _ in LIMITS.values()} | limits
        return ",".join(f"{name}={value}" for name, value in names.items())

    def used(self, what):
        return LIMITS[what][2](os.statvfs(self.folder))


@contextlib.contextmanager
def project(runner, place):
    """A project whose deploys need some hundred pages of memory, with v1 live, and its disk."""
    with lib.temporary_folder() as folder:
        folder = pathlib.Path(folder).resolve() / "project"
        settings = PLACES[place]
        made = lib.Project(folder, runner, ["v0", "v1", "v2", "v3"], size=20_000, store=settings["store"],
                           state=settings["state"] and folder / settings["state"])
        disk = Disk(folder / "disk")
        disk.folder.mkdir()
        disk.mount()
        try:
            made.deploy("v0")
            made.deploy("v1")
            made.keep()
            yield made, disk
        finally:
            disk.unmount()


def restore(made, disk):
    disk.unmount()
    made.restore()
    disk.mount()
    subprocess.run(["cp", "-a", f"{made.folder}.kept/disk/.", str(disk.folder)], check=True)


def needed(runner, place):
    """What a deploy of v2 uses of each limit."""
    with project(runner, place) as (made, disk):
        before = {what: disk.used(what) for what in LIMITS}
        made.deploy("v2")
        return {what: disk.used(what) - before[what] for what in LIMITS}


def full(made, disk, what, more):
    """A deploy of v2 for which there is only so much. Gives what it said."""
    name, _, _, unit = LIMITS[what]
    disk.limit(**{name: disk.used(what) + more * unit})
    said = made.must([0, 1, 3, 4], "run", "deploy.yml", "-i", "release=v2")
    try:
        live = made.expect_live("v1", "v2")
        lib.expect(live == {0: "v2", 1: "v1", 4: "v2"}.get(said.code, live), f"{live} is live")
        # Nothing more can be written, but nothing gets worse either.
        made.must([0, 1, 3, 4], "recover")
        made.expect_live("v1", "v2")
        disk.limit()
        made.expect_recovers("v1", "v2", ended=said.code)
        made.deploy("v2")
        made.deploy("v3", "prune.yml")
        made.expect_tidy()
    except lib.Wrong as wrong:
        raise lib.Wrong(f"{wrong}\nbefore it the run ended with {said.code}: {said.text}") from None
    return said


def worker(items):
    for place in dict.fromkeys(item[1] for item in items):
        with project(items[0][0], place) as (made, disk):
            for _, _, what, more in [item for item in items if item[1] == place]:
                restore(made, disk)
                said, wrong = None, None
                try:
                    said = full(made, disk, what, more)
                except lib.Wrong as error:
                    wrong = str(error)
                # Only its own words show that the disk was full.
                counted = said is not None and "no space is left on the disk" in said.text
                notes = [f"exit {said.code}"] if said else []
                yield place, what, lib.Round(f"{more} more", counted, wrong, notes)


def main():
    given = lib.arguments(__doc__, f"{PARTS} for each of room and files, in each place")
    if "RUNNER_ATTACK_MOUNTS" not in os.environ:
        words = ["unshare", "--mount", "--propagation", "private"]
        mounts = [*words, "mount", "-t", "tmpfs", "none", "/mnt"]
        if os.geteuid() != 0 or subprocess.run(mounts, capture_output=True).returncode != 0:
            lib.cannot("only root can mount, and not in every container")
        # What is mounted from here on, only these processes see, and it goes with them.
        os.execvpe(words[0], [*words, sys.executable, *sys.argv], os.environ | {"RUNNER_ATTACK_MOUNTS": "1"})
    items = []
    for place in PLACES:
        for what, total in needed(given.runner, place).items():
            total //= LIMITS[what][3]
            print(f"{place}: a deploy needs {total} {'files' if what == 'files' else 'pages'}", flush=True)
            parts = min(given.rounds or PARTS, max(1, total))
            items += [(given.runner, place, what, more) for more in lib.spread(total, parts)]
    report = lib.Report()
    for place, what, one in lib.rounds_of(worker, items, given.jobs):
        report.add(f"a disk that lacks {what} under the {place}", one)
    report.close()


if __name__ == "__main__":
    main()
