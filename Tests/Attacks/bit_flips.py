#!/usr/bin/env python3
"""Turns one bit of what the runner has written down: of each byte of the store's manifests, deployments, pointers,
format and lease, and of the last run's journal. Then the commands that read it must do what is right, or say what is
wrong."""
import os
import pathlib
import re

import lib

# No flipped bit makes one of these names of another.
VERSIONS = ["v1", "v2", "v4", "v7"]
OLDEST, BEFORE, LIVE, NEXT = VERSIONS
ROUNDS = 2000
# On any machine: a damaged size or count must not make the runner wait or work for ever.
LIMIT = 60


def project(runner):
    with lib.temporary_folder() as folder:
        made = lib.Project(pathlib.Path(folder).resolve() / "project", runner, VERSIONS)
        for version in (OLDEST, BEFORE, LIVE):
            made.deploy(version)
        made.keep()
        yield made


def records(made):
    """The files that are damaged: path below the project, and size."""
    runs = made.folder / ".runner/runs"
    last = runs / max(os.listdir(runs))
    files = [path for path in (made.store / ".runner").rglob("*") if path.is_file()]
    files += [last / "journal.jsonl", *last.glob("*.before.json")]
    return sorted((str(path.relative_to(made.folder)), path.stat().st_size) for path in files)


def kind(name):
    """What a closing line is for: the folder of a record, or its own name."""
    path = pathlib.PurePath(name)
    return path.name if path.parent.name == ".runner" or "runs" in path.parts else path.parent.name


def flip(made, name, place):
    path = made.folder / name
    content = bytearray(path.read_bytes())
    # Another bit in each byte, and each bit in turn.
    content[place] ^= 1 << (place * 5 % 8)
    path.write_bytes(content)


def tell(made, live, *words, switches_to=None):
    """A command with a damaged record. Gives its status, and what is live afterwards."""
    said = made.says(*words, limit=LIMIT)
    known = (0, 1, 3, 4, 64, 65, 75)
    lib.expect(said.code in known, f"`runner {' '.join(words)}` ended with {said.code}: {said.text[-2000:]}")
    lib.expect(said.code == 0 or any(text in said.text for text in ("error:", "not restored:", "nothing to")),
               f"`runner {' '.join(words)}` ended with {said.code} and does not say why: {said.text[-2000:]}")
    # With 3 it may have come so far or not; it tells what visitors have.
    wanted = {0: [switches_to or live], 3: [live, switches_to or live]}.get(said.code, [live])
    try:
        now = made.expect_live(*wanted)
        told = re.search(r"^visitors (?:may still )?have (v\w+)", said.text, re.MULTILINE)
        # What `recover` tells is what the run knows that it has finished, and not what later runs have done.
        if told and switches_to:
            lib.expect(told[1] == now, f"{now} is live, and not {told[1]}")
    except lib.Wrong as wrong:
        raise lib.Wrong(f"{wrong}\nafter `runner {' '.join(words)}`, which ended with {said.code}: "
                        f"{said.text[-2000:]}") from None
    return said.code, now


def commands(made):
    """Gives whether one of them has noticed the damage."""
    codes = []
    live = LIVE
    for words, switches_to in [
        (("runs",), None), (("show",), None), (("rollback", "--yes", "--no-input"), BEFORE),
        (("run", "deploy.yml", "-i", f"release={NEXT}"), NEXT), (("run", "prune.yml", "-i", f"release={NEXT}"), NEXT),
        (("recover",), None),
    ]:
        code, live = tell(made, live, *words, switches_to=switches_to)
        codes.append(code)
    return any(codes)


def worker(items):
    for made in project(items[0][0]):
        for _, index, place in items:
            made.restore()
            name, size = records(made)[index]
            good = (made.folder / name).read_bytes()
            noticed, wrong = False, None
            # A time has fewer digits now and then, so that this project's file can be shorter than the one counted.
            place = min(place, size - 1)
            flip(made, name, place)
            counted = (made.folder / name).read_bytes() != good
            try:
                noticed = commands(made)
            except lib.Wrong as error:
                wrong = f"byte {place} was {good[max(0, place - 20):place + 20]!r}: {error}"
            notes = ["refused" if noticed else "passed over"]
            yield kind(name), lib.Round(f"{name}, byte {place}", counted, wrong, notes)


def main():
    given = lib.arguments(__doc__, ROUNDS)
    for made in project(given.runner):
        found = records(made)
        places = [(given.runner, index, place) for index, (_, size) in enumerate(found) for place in range(size)]
        print(f"{len(places)} bytes in {len(found)} files", flush=True)
    report = lib.Report()
    chosen = [places[index] for index in lib.spread(len(places), given.rounds or ROUNDS)]
    for what, one in lib.rounds_of(worker, chosen, given.jobs):
        report.add(f"a flipped bit in {what}", one)
    report.close()


if __name__ == "__main__":
    main()
