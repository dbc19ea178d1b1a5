#!/usr/bin/env python3
"""Kills the runner before each of its calls to the kernel about a file of the project, and answers each with EIO: once
in a deploy over a release that is live, and once in a deploy that fails at its end and is taken back."""
import itertools
import pathlib

import injection
import lib

# The pipeline, and whether it ends well if nobody disturbs it.
FILES = {"deploy": ("deploy.yml", True), "deploy that is taken back": ("fails.yml", False)}


def project(runner):
    with lib.temporary_folder() as folder:
        made = lib.Project(pathlib.Path(folder).resolve() / "project", runner, ["v0", "v1", "v2", "v3"])
        made.deploy("v0")
        made.deploy("v1")
        made.keep()
        yield made


def disturbed(made, file, hit=None, kills=False):
    """A deploy of v2 over v1 of which one call is hit."""
    command = made.command("run", file, "-i", "release=v2")
    return injection.run(command, made.folder, made.folder, made.environment, lib.LIMIT, hit, kills)


def calls_of(runner, file, goes_well):
    """The number of calls if nothing happens."""
    for made in project(runner):
        done = disturbed(made, file)
        lib.expect(done.status == (0 if goes_well else 1), f"the deploy ended with {done.status}: {done.text}")
        made.expect_live("v2" if goes_well else "v1")
        return len(done.calls)


def expect_good(made, done, goes_well, kills):
    """What is promised after a kill or an error."""
    lib.expect(done.status is not None, f"the run hangs: {done.text}")
    is_killed = kills and done.status == -9
    lib.expect(done.status >= 0 or is_killed, f"the run ended by signal {-done.status}: {done.text}")
    live = made.expect_live("v1", "v2")
    if not kills:
        # What the exit status says is true of what visitors have.
        # 64 and 65: the pipeline file could not be read.
        lib.expect(done.status in (0, 1, 3, 4, 64, 65), f"the run ended with {done.status}: {done.text}")
        lib.expect(goes_well or done.status != 0, f"a run that must fail ended with 0: {done.text}")
        said = {0: "v2", 1: "v1", 4: "v2", 64: "v1", 65: "v1"}.get(done.status, live)
        lib.expect(live == said, f"the run ended with {done.status}, and {live} is live: {done.text}")
    try:
        recovered = made.expect_recovers("v1", "v2", ended=done.status)
        live = made.live()
        lib.expect(goes_well or live == "v1", f"the deploy was to be taken back, and {live} is live: {recovered.text}")
        lib.expect(done.status not in (0, 1) or live == said, f"recover has made {live} live after {done.status}")
        # The same release can be deployed after all, and so can the next.
        made.deploy("v2")
        made.deploy("v3", "prune.yml")
        made.expect_tidy()
    except lib.Wrong as wrong:
        raise lib.Wrong(f"{wrong}\nbefore it the run ended with {done.status}: {done.text}") from None


def worker(items):
    for made in project(items[0][0]):
        for runner, what, call, kills in items:
            file, goes_well = FILES[what]
            made.restore()
            done = disturbed(made, file, call, kills)
            wrong = None
            try:
                expect_good(made, done, goes_well, kills)
            except lib.Wrong as error:
                wrong = str(error)
            notes = [] if kills else [f"exit {done.status}"]
            # The log of the calls shows which was hit. A kill counts if the process has ended by it.
            counted = done.hit is not None and (not kills or done.status == -9)
            yield what, kills, lib.Round(f"call {call}, {done.hit}", counted, wrong, notes)


def main():
    given = lib.arguments(__doc__, "one for each call")
    if not injection.is_possible():
        lib.cannot("the kernel does not let a program answer the calls of another (seccomp)")
    items = []
    for what, (file, goes_well) in FILES.items():
        total = calls_of(given.runner, file, goes_well)
        print(f"{what}: {total} calls", flush=True)
        for kills, call in itertools.product((True, False), lib.spread(total, given.rounds)):
            items.append((given.runner, what, call, kills))
    report = lib.Report()
    for what, kills, one in lib.rounds_of(worker, items, given.jobs):
        report.add(f"{'SIGKILL before' if kills else 'EIO at'} each call of a {what}", one)
    report.close()


if __name__ == "__main__":
    main()
