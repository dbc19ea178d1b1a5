#!/usr/bin/env python3
"""Kills the runner at one of its requests to a bucket or to CloudFront: before the service has it, or when the service has
done it and the runner does not know. Its machine is gone with the run's folder. A fresh clone then recovers the run,
deploys or goes back, and may be killed in turn. Visitors must have the right release, whole, from every edge, and the exit
status must say so; after one more deploy nothing of the dead run may be left in the store."""
import collections
import concurrent.futures
import contextlib
import json
import pathlib
import queue
import random
import re
import shutil
import tempfile
import time

import lib
import buckets

# So many rounds take about ten minutes on two processors.
ROUNDS = 200
# A release build's leases last for a minute, in which a round does nothing.
ROUNDS_AT_A_TIME = 12
# In the bucket when a round begins: v0, v1 and v2, which is live. Later ones are for the deploys of a round.
RELEASES = [f"v{number}" for number in range(7)]
LEASE = 6

Action = collections.namedtuple("Action", "name words version target may_end")
"""What is killed: the words of its command, the release whose commit its clone has, what visitors have if nobody disturbs
it, and whether that is so (a deploy whose check fails is taken back)."""

DEPLOY = ["run", "pipelines/deploy.yml", "-v"]
BACK = ["run", "pipelines/rollback.yml", "-v"]
BACK_RUN = ["rollback", "-v"]
PRUNE = ["run", "pipelines/prune.yml", "-v"]
FAILS = ["-i", "url=NOWHERE"]

ACTIONS = {one.name: one for one in [
    Action("deploy", DEPLOY, "v3", "v3", True),
    Action("deploy that is taken back", DEPLOY + FAILS, "v3", "v3", False),
    Action("rollback to the previous release", BACK, "v2", "v1", True),
    Action("rollback of a run", BACK_RUN, "v2", "v1", True),
    Action("prune", PRUNE, "v2", "v2", True),
]}
WAYS = ["recover", "same", "newer", "newer that fails", "same that fails", "back"]
SIDES = ["before", "after"]

PRUNE_FILE = """\
version: 1
name: prune
inputs: { bucket: { type: string, env: SITE_BUCKET }, prefix: { type: string, env: SITE_PREFIX } }
with: { store: "s3://${{ inputs.bucket }}/${{ inputs.prefix }}" }
steps:
  - { uses: prune, with: { keep: 1, min-age: 0s }, rollback: false }
"""

Kill = collections.namedtuple("Kill", "number side")
Round = collections.namedtuple("Round", "action kill way second_kill second_way")
"""`second_kill` hits the way, and `second_way` follows it; nil for a round of one kill."""


def name_of(one):
    words = [one.action, f"{one.kill.side} {one.kill.number}", one.way]
    if one.second_kill:
        words += [f"{one.second_kill.side} {one.second_kill.number}", one.second_way]
    return " / ".join(words)


def round_named(text):
    def kill(text):
        side, _, number = text.partition(" ")
        return Kill(int(number), side)

    words = [word.strip() for word in text.split("/")] + [None] * 2
    return Round(words[0], kill(words[1]), words[2], words[3] and kill(words[3]), words[4])


def pipelines():
    """Those of the repository. Their `prune` leaves as little as it may."""
    found = {name: (buckets.ROOT / "pipelines" / name).read_text() for name in ("deploy.yml", "rollback.yml")}
    deploy = found["deploy.yml"]
    found["deploy.yml"] = deploy.replace("{ keep: 10 }", '{ keep: 1, min-age: 0s }')
    lib.expect(found["deploy.yml"] != deploy, "pipelines/deploy.yml has no step `prune` with `keep: 10`")
    # A release of the kind that the deploys of the beginning make: all of them stay.
    found["first.yml"] = deploy
    found["prune.yml"] = PRUNE_FILE
    return found


class Place:
    """A prefix, a distribution, and machines that use them: one round at a time."""

    def __init__(self, bed, folder, checkouts, runner, name, nowhere):
        self.folder, self.checkouts, self.runner = folder / name, checkouts, runner
        self.folder.mkdir()
        self.nowhere = nowhere
        self.bucket = buckets.Bucket(bed, name)
        self.meter = buckets.Meter(bed["AWS_ENDPOINT_URL_S3"], bed["AWS_ENDPOINT_URL_CLOUDFRONT"])
        self.environment = checkouts.environment | self.bucket.inputs | {
            name: value for name, value in bed.items() if name.startswith("AWS_")} | {
            # Only a debug build looks at it.
            "RUNNER_LEASE_SECONDS": str(LEASE)}
        self.writes, self.invalidations, self.said, self.count = [], [], [], 0
        for version in RELEASES[:3]:
            checkouts.clone(version, self.folder / "first")
            code = self.run(self.folder / "first", ["run", "pipelines/first.yml"])
            lib.expect(code == 0, f"{version} could not be deployed: {self.said[-1]}")
        self.bucket.keep()
        shutil.move(self.folder / "first", self.folder / "kept")

    def run(self, clone, words, trap=None):
        words = [word.replace("NOWHERE", self.nowhere) for word in words]
        self.count += 1
        log = self.folder / f"{self.count}-said"
        try:
            code = self.meter.run([str(self.runner), *words], clone, self.environment, log, trap)
        finally:
            text = log.read_text(errors="replace")
            self.said.append(f"$ runner {' '.join(words)}\n{text}")
            requests = self.meter.log
            self.writes += buckets.writes_of_path(requests)
            self.invalidations += [request["begin"] for request in requests if request["service"] == "cloudfront"
                                   and request["method"] == "POST" and request.get("status") == 201]
        self.said[-1] += f"=> {code}\n"
        return code

    def begin(self):
        for old in self.folder.iterdir():
            if old.name != "kept":
                shutil.rmtree(old) if old.is_dir() else old.unlink()
        self.bucket.restore()
        self.writes, self.invalidations, self.said, self.count = [], [], [], 0
        # What edges have cached of the release before must not stay.
        self.bucket.pages()

    def machine_of(self, action):
        """A clone with what the command needs. Only a run's own machine can take it back by its folder."""
        clone = self.folder / "first"
        if action.words is BACK_RUN:
            shutil.copytree(self.folder / "kept", clone, symlinks=True)
        else:
            self.checkouts.clone(action.version, clone)
        return clone

    def new_machine(self, version):
        clone = self.folder / "new-machine"
        self.checkouts.clone(version, clone)
        return clone


def records_of(clone):
    """The journal of the newest run on its own machine."""
    found = []
    for path in sorted((clone / ".runner/runs").glob("*/journal.jsonl"))[-1:]:
        for line in path.read_text().splitlines():
            # The last one may be torn.
            with contextlib.suppress(ValueError):
                found.append(json.loads(line))
    return found


def phase_of(clone, log):
    """What the run was at when it was killed, by its journal and its requests."""
    at, begun, is_back, is_over = "the start", [], False, False
    for record in records_of(clone):
        kind, step = record["kind"], record["data"].get("step")
        name = re.sub(r"-\d+$", "", step or "")
        is_over = kind == "ended"
        if kind == "prepared":
            at = name
            if record["data"]["effect"] in ("reversible", "irreversible"):
                begun.append(name)
        elif kind in ("finished", "unfinished"):
            at = f"what follows {name}"
        elif kind == "failed":
            is_back = True
        elif kind == "rolledBack":
            begun.remove(name)
        if is_back and kind in ("failed", "rolledBack"):
            at = f"the rollback of {begun[-1]}" if begun else "the end of the rollback"
    if is_over:
        at = "the end"
    return at + (", the pointer written" if at.endswith("switch-origin") and buckets.writes_of_path(log) else "")


class Attack:
    def __init__(self, place, one):
        self.place, self.bucket, self.one = place, place.bucket, one
        self.action, self.phase = ACTIONS[one.action], "the start"
        self.before = "v2"
        # Of the next deploy that is newer than the one that is killed.
        self.next_version = 4
        # The nonces of the leases of runs that were killed.
        self.dead = set()

    def go(self):
        """Gives why the round shows nothing; None if it counts."""
        place = self.place
        place.begin()
        clone = place.machine_of(self.action)
        trap = buckets.Trap(*self.one.kill)
        code = place.run(clone, self.action.words, trap)
        if not trap.request:
            return f"it ended with {code} before request {self.one.kill.number}"
        self.phase = phase_of(clone, place.meter.log)
        place.said[-1] += f"killed {trap.side} {trap.request['method']} {trap.request['target']}, in {self.phase}\n"
        lib.expect(code == -9, f"the run was not killed: {code}")
        shutil.rmtree(clone)
        at_kill = self.look_at_the_dead()
        lib.expect(at_kill in (self.before, self.action.target), f"{at_kill} is live after the kill")
        code = self.follow(self.one.way, at_kill, self.one.second_kill)
        if self.one.second_kill and code == -9:
            self.follow(self.one.second_way, self.look_at_the_dead(), None, is_second=True)
        elif self.one.second_kill:
            return "the second kill has met nothing"
        self.close()

    def look_at_the_dead(self):
        """Gives the release that is live after a kill. Edges get it into their caches."""
        self.dead.add(self.bucket.held_lease())
        self.bucket.wait_for_edges()
        self.bucket.pages()
        return self.bucket.live()

    def follow(self, way, at_kill, kill, is_second=False):
        """What is done on another machine. Checks it, unless it is killed in turn.

        `at_kill` is the release that was live then.
        """
        place, action, before = self.place, self.action, self.before
        newer = f"v{self.next_version}"
        goes_back = action.words in (BACK, BACK_RUN)
        again = BACK + ["-i", "to=v1"] if goes_back else action.words[:len(DEPLOY)]
        words, version, codes = {
            "recover": (["recover", "--store", self.bucket.store], "v2", {0, 1}),
            "same": (again, action.version, {0}),
            "newer": (DEPLOY, newer, {0}),
            "newer that fails": (DEPLOY + FAILS, newer, {1}),
            "same that fails": ((DEPLOY if action.words is PRUNE else again) + FAILS,
                                "v3" if action.words is PRUNE else action.version, {1}),
            "back": (BACK, "v2", {0}),
        }[way]
        if version == newer:
            self.next_version += 1
        is_concluded = self.bucket.is_concluded()
        trap = buckets.Trap(*kill) if kill else None
        code = place.run(place.new_machine(version), words, trap)
        if trap and trap.request:
            place.said[-1] += f"killed {trap.side} {trap.request['method']} {trap.request['target']}\n"
            return code
        lib.expect(code in (codes if not is_second else codes | {0, 1}), f"`runner {' '.join(words)}` ended with {code}")
        live = self.expect_good(is_recovery=way == "recover")
        if is_second:
            # What the first kill has left may be anything that the checks above allow.
            if code == 0 and words[1] == "pipelines/deploy.yml":
                lib.expect(live == version, f"the deploy of {version} ended with 0, and {live} is live")
            return code
        # What the dead run leaves to the next one.
        left = {before}
        if action.may_end:
            left = {action.target} if at_kill == action.target else {before, action.target}
        expected = {
            "recover": left, "same": {action.target}, "newer": {newer}, "newer that fails": left,
            # A release that no run has found good to its end does not stay.
            "same that fails": {before} | (left if is_concluded or action.words in (PRUNE, BACK_RUN) else set()),
            "back": {f"v{int(one[1:]) - 1}" for one in left},
        }[way]
        lib.expect(live in expected, f"{live} is live and not {' or '.join(sorted(expected))}")
        if way == "recover" and code == 1 and not goes_back:
            lib.expect(live == before, f"recover ended with 1, and {live} is live")
        return code

    def expect_good(self, is_recovery=False):
        """What must be true whenever nobody is at work."""
        bucket, there = self.bucket, self.bucket.objects()
        live = bucket.live()
        for version in {key.split("/")[2].removesuffix(".jsonl") for key in there if key.startswith(".runner/manifests/")}:
            bucket.expect_whole(version, self.place.checkouts.sites[version], there)
        lib.expect(f".runner/manifests/{live}.jsonl" in there, f"{live} is live and has no manifest")
        bucket.expect_only_the_path_changed()
        held = bucket.held_lease()
        # If a dead run has left nothing to do, its lease runs out.
        lib.expect(held is None or is_recovery and held in self.dead, f"the lease is left, by {held}")
        bucket.expect_no_uploads()
        changes, path = [], f"/{bucket.prefix}/releases/{self.before}"
        for time_of, new in sorted(self.place.writes):
            if new != path:
                changes.append(time_of)
            path = new
        if changes:
            lib.expect(any(made > changes[-1] for made in self.place.invalidations),
                       "no invalidation was made after the last switch")
        bucket.expect_visitors_have(live)
        return live

    def close(self):
        """One more deploy: then nothing of the runs before it is left."""
        version, live = RELEASES[-1], self.bucket.live()
        code = self.place.run(self.place.new_machine(version), DEPLOY)
        lib.expect(code == 0, f"the next deploy ended with {code}")
        lib.expect(self.expect_good() == version, "the next deploy is not live")
        there = self.bucket.objects()
        left = self.bucket.unfinished_journals(there)
        lib.expect(not left, f"journals are left that nobody has finished: {left}")
        for folder in ("trash", "incoming"):
            left = [key for key in there if key.startswith(f".runner/{folder}/")]
            lib.expect(not left, f"records are left: {left}")
        releases = {key.split("/")[1] for key in there if key.startswith("releases/")}
        manifests = {key.split("/")[2].removesuffix(".jsonl") for key in there if key.startswith(".runner/manifests/")}
        lib.expect(releases == manifests, f"the releases are {sorted(releases)}, the manifests {sorted(manifests)}")
        lib.expect({live, version} <= releases, f"{live} was live, and is no longer in the store")


def rounds(totals, seed):
    """Every request of every action, on both sides. One way each at first, with a second kill in every third; then
    the other ways, until there is nothing that was not tried."""
    dice = random.Random(seed)
    moments = [(action, Kill(number, side)) for action, total in totals.items()
               for number in range(1, total + 1) for side in SIDES]
    ways = {moment: dice.sample(WAYS, len(WAYS)) for moment in moments}
    for turn in range(len(WAYS)):
        dice.shuffle(moments)
        for index, (action, kill) in enumerate(moments):
            one = Round(action, kill, ways[action, kill][turn], None, None)
            if index % 3 == 2:
                one = one._replace(second_kill=Kill(dice.randint(1, 90), dice.choice(SIDES)), second_way=dice.choice(WAYS))
            yield one


def chosen(totals, number, seed):
    """Evenly among the actions and their requests."""
    every = list(rounds(totals, seed))
    if number is None or number >= len(every):
        return every
    by_action = collections.defaultdict(list)
    for one in every:
        by_action[one.action].append(one)
    found = []
    for action, total in totals.items():
        share = max(1, number * total // sum(totals.values()))
        found += by_action[action][:share]
    random.Random(seed).shuffle(found)
    return found


def main():
    given = lib.arguments(__doc__, ROUNDS, seed=dict(type=int, default=1, help="of the order of the rounds"),
                          only=dict(metavar="ROUND", help="one round, as a line that starts with WRONG names it"),
                          keep=dict(type=pathlib.Path, metavar="FOLDER", help="where what a wrong round has said goes"))
    report = lib.Report()
    jobs = given.jobs * ROUNDS_AT_A_TIME if not given.only else 1
    keep = given.keep or pathlib.Path(tempfile.gettempdir()) / f"lost-machines-{int(time.time())}"
    edges = "--config-delay 0,0.1 --invalidation-delay 0,0.1"
    with lib.temporary_folder() as folder, buckets.bed("--edges", "2", "--edge-options", edges) as bed:
        folder = pathlib.Path(folder).resolve()
        checkouts = buckets.Checkouts(folder / "checkouts", RELEASES, pipelines())
        nowhere = buckets.Bucket(bed, "nowhere", "/no/such/folder").url
        places, made = queue.Queue(), []

        def place():
            try:
                return places.get_nowait()
            except queue.Empty:
                made.append(None)
                return Place(bed, folder, checkouts, given.runner, f"lost-{len(made)}", nowhere)

        def total_of(action):
            at = place()
            at.begin()
            code = at.run(at.machine_of(action), action.words)
            lib.expect(code == (0 if action.may_end else 1), f"{action.name}: {at.said[-1]}")
            number = len(at.meter.log)
            places.put(at)
            return number

        def attempt(one):
            at = place()
            wrong, missed = None, None
            attack = Attack(at, one)
            try:
                missed = attack.go()
            except (lib.Wrong, KeyError, ValueError, buckets.ClientError) as error:
                error = str(error) if isinstance(error, lib.Wrong) else f"{type(error).__name__}: {error}"
                keep.mkdir(parents=True, exist_ok=True)
                file = keep / name_of(one).replace("/", "-").replace(" ", "_")
                file.write_text(f"{error}\n\n" + "\n".join(at.said))
                wrong = (f"{error}\n  what was said: {file}\n  to repeat it: {pathlib.Path(__file__).name} {given.runner} "
                         f"--only '{name_of(one)}'")
            if given.only:
                print("\n".join(at.said), missed or "")
            places.put(at)
            notes = [] if missed else [f"killed in {attack.phase}", f"then {one.way}"]
            return one, lib.Round(name_of(one), missed is None, wrong, notes)

        if given.only:
            todo = [round_named(given.only)]
        else:
            totals = {action.name: total_of(action) for action in ACTIONS.values()}
            print("requests: " + ", ".join(f"{total} of a {name}" for name, total in totals.items()), flush=True)
            todo = chosen(totals, given.rounds or ROUNDS, given.seed)
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            try:
                for done in concurrent.futures.as_completed([pool.submit(attempt, one) for one in todo]):
                    one, result = done.result()
                    report.add(f"{one.action}, killed{' twice' if one.second_kill else ''}", result)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    report.close()


if __name__ == "__main__":
    main()
