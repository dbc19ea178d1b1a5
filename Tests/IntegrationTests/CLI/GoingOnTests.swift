import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// What a user can do about a run that was interrupted, or that should be undone.
@Suite struct GoingOnTests {
    private let project: CommandProject

    init() async throws {
        project = try CommandProject()
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
    }

    /// A deploy of v2 with two more steps, killed in the second of them; each adds a line to `calls`.
    private func killInLastStep() async throws -> String {
        try project.writeDeploy(
            """
              - { id: first, uses: exec, rollback: false, with: { run: "echo first >> calls" } }
              - id: last
                uses: exec
                rollback: false
                with: { run: "echo last >> calls; touch waiting; while ! test -e go; do sleep 0.05; done" }
            """)
        let process = try project.start("run", "deploy.yml", "-i", "release=v2", "-q")
        try await project.waitFor("waiting")
        process.signal(SIGKILL)
        #expect(try await process.end().status == .signalled(9))
        try project.folder.write("", to: "go")
        return try #require(try project.runs().first)
    }

    @Test func resumeRunsNoFinishedStepAgain() async throws {
        _ = try await killInLastStep()
        let said = try await project.runner("resume")
        #expect(said.code == 0)
        #expect(
            said.error == """
                deploy to store  continues run RUN
                  ok  last  TIME
                done in TIME
                v2 is live at ~/store/current (before: v1)
                to take it back: runner rollback

                """)
        #expect(try project.text("calls") == "first\nlast\nlast\n")
        #expect(try project.live() == "v2")
        #expect(try await project.runner("recover").error == "nothing to recover in ~/.runner\n")
    }

    @Test func recoverGoesForward() async throws {
        _ = try await killInLastStep()
        let said = try await project.runner("recover", "-q")
        #expect(said.code == 0)
        #expect(said.error == "")
        #expect(try project.text("calls") == "first\nlast\nlast\n")
        #expect(try project.live() == "v2")
    }

    @Test func rollbackUndoesAnInterruptedRun() async throws {
        let run = try await killInLastStep()
        // Any part at the id's start or end will do.
        let said = try await project.runner("rollback", String(run.suffix(4)))
        #expect(said.code == 0)
        #expect(
            said.error == """
                taking back run RUN of deploy
                \(CommandProject.undone(to: "v1"))
                rolled back in TIME
                visitors have v1 again (before: v2)

                """)
        #expect(try project.text("calls") == "first\nlast\n")
        #expect(try project.live() == "v1")
    }

    @Test func rollbackUndoesASuccessfulRunOnce() async throws {
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 0)
        let run = try #require(try project.runs().first)
        let said = try await project.runner("rollback", run)
        #expect(said.code == 0)
        #expect(
            said.error == """
                taking back v2 of deploy, run RUN
                \(CommandProject.undone(to: "v1"))
                rolled back in TIME
                visitors have v1 again (before: v2)

                """)
        #expect(try project.live() == "v1")
        let again = try await project.runner("rollback", run)
        #expect(again.code == 64)
        #expect(
            again.error == """
                error: run RUN has been taken back already, so there is nothing to undo
                  help: `runner runs` lists the others; `runner rollback` takes back the live deploy

                """)
        #expect(try project.live() == "v1")
        let show = try await project.runner("show")
        #expect(show.output.hasSuffix("\nrolled back by request\n"), "\(show.output)")
    }

    @Test func anOlderRunIsNotUndoneOverANewerOne() async throws {
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 0)
        let second = try #require(try project.runs().first)
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v3", "-q").code == 0)
        let before = try project.text(".runner/runs/\(second)/journal.jsonl")
        let said = try await project.runner("rollback", second)
        #expect(said.code == 64)
        #expect(
            said.error == """
                error: run RUN is not live: visitors of ~/store/current have v3 since run RUN of deploy, so nothing was done
                  help: to take back v3, type `runner rollback RUN`
                    to go to v1, which was live before run RUN, type `runner rollback --to v1 --pipeline ~/deploy.yml`

                """)
        #expect(try project.text(".runner/runs/\(second)/journal.jsonl") == before)
        #expect(try project.live() == "v3")
    }

    @Test func resumeRefusesAChangedFile() async throws {
        _ = try await killInLastStep()
        try project.folder.write(try project.text("deploy.yml") + "# changed\n", to: "deploy.yml")
        let said = try await project.runner("resume")
        #expect(said.code == 65)
        #expect(
            said.error == """
                error: ~/deploy.yml has changed since run RUN began
                  help: put the file back as it was, or undo the run with `runner rollback RUN`

                """)
        #expect(try project.text("calls") == "first\nlast\n")
        // Both of these work with the copy in the run's folder.
        #expect(try await project.runner("recover", "-q").code == 0)
        #expect(try project.live() == "v2")
    }

    @Test func resumeRefusesARunThatHasEnded() async throws {
        let said = try await project.runner("resume")
        #expect(said.code == 64)
        #expect(
            said.error == """
                error: run RUN has ended, so there is nothing to resume
                  help: to undo it, type `runner rollback RUN`

                """)
    }

    @Test func resumeRefusesARunThatHasFailed() async throws {
        try project.writeDeploy("  - { uses: exec, rollback: false, with: { run: exit 1 } }")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 1)
        let said = try await project.runner("resume")
        #expect(said.code == 64)
        #expect(
            said.error == """
                error: run RUN has failed and is over, so there is nothing to resume
                  help: run the pipeline again

                """)
    }

    @Test func anUnknownOrAmbiguousRunIsRefused() async throws {
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 0)
        let day = String(try #require(try project.runs().first).prefix(8))
        for name in ["nosuch", ""] {
            let said = try await project.runner("rollback", name)
            #expect(said.code == 64)
            #expect(said.error.hasPrefix("error: there is no run `\(name)` in ~/.runner\n"), "\(said.error)")
            let other = try await project.runner("show", name)
            #expect(other.error == "error: there is no run `\(name)` in ~/.runner\n  help: `runner runs` lists them\n")
        }
        for command in ["rollback", "show"] {
            let said = try await project.runner(command, day.prefix(4).description)
            #expect(said.code == 64)
            #expect(
                said.error.hasPrefix("error: `\(day.prefix(4))` is a part of the ids of 2 runs:\n"), "\(said.error)")
        }
        #expect(try project.live() == "v2")
    }

    @Test func aJournalDamagedInItsMiddleIsRefused() async throws {
        let journal = try project.newestRun() + "/journal.jsonl"
        var lines = try project.text(journal).split(separator: "\n", omittingEmptySubsequences: false)
        lines[2] = lines[2].replacing("sequence", with: "sequenxe")[...]
        try project.folder.write(lines.joined(separator: "\n"), to: journal)
        let damaged = """
            error: record 3 of the journal ~/.runner/runs/RUN/journal.jsonl is damaged (its checksum does not match), so \
            nothing after it can be trusted
              help: check the store yourself, and move the folder of this run away

            """
        for (command, code) in [("show", 1), ("resume", 1), ("rollback", 1), ("recover", 3), ("runs", 0)] {
            let said = try await project.runner(command)
            #expect(said.code == code, "\(command)")
            #expect(said.error == damaged + (command == "runs" ? "there are no runs in ~/.runner\n" : ""))
        }
        // The next deploy does not depend on it.
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 0)
    }

    @Test func aTornLastRecordIsDropped() async throws {
        _ = try await killInLastStep()
        let journal = try project.newestRun() + "/journal.jsonl"
        try project.folder.write(try project.text(journal) + "{\"sequence\":99,\"ti", to: journal)
        #expect(try await project.runner("resume", "-q").code == 0)
        #expect(try project.live() == "v2")
    }

    @Test func aLastRecordThatNoCrashHasLeftIsDroppedOnlyIfThatIsAskedFor() async throws {
        _ = try await killInLastStep()
        let journal = try project.newestRun() + "/journal.jsonl"
        var lines = try project.text(journal).split(separator: "\n")
        let last = lines.count - 1
        lines[last] = lines[last].replacing("\"kind\"", with: "\"kinD\"")[...]
        try project.folder.write(lines.joined(separator: "\n") + "\n", to: journal)
        let live = try project.live()
        for (command, code) in [("show", 1), ("resume", 1), ("rollback", 1), ("recover", 3)] {
            let said = try await project.runner(command)
            #expect(said.code == code, "\(command)")
            #expect(
                said.error == """
                    error: record \(lines.count) of the journal ~/.runner/runs/RUN/journal.jsonl, the last one, is damaged, and \
                    no crash can have left it so; the record before it says that step `first` had ended
                      help: check what visitors have, then type `runner recover --drop-last`, which continues as if that \
                    record had never been written

                    """, "\(command)")
        }
        #expect(try project.live() == live)
        #expect(try await project.runner("recover", "--drop-last", "-q").code == 0)
        #expect(try project.live() == "v2")
    }

    @Test func anUnfinishedRunIsFinishedByTheNextOne() async throws {
        _ = try await killInLastStep()
        try project.writeDeploy()
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v3")
        #expect(said.code == 0, "\(said.error)")
        #expect(said.error.contains("run RUN did not end, so it is finished first\n"), "\(said.error)")
        #expect(try project.live() == "v3")
        let runs = try await project.runner("runs")
        #expect(!runs.output.contains("interrupted"), "\(runs.output)")
    }

    /// Visitors have never had v2: they must not get it for a moment because somebody brings v3.
    @Test func aRunThatDidNotComeToItsSwitchIsTakenBackByTheNextOne() async throws {
        let text = try project.text("deploy.yml")
        let waits =
            "  - { uses: exec, rollback: false, with: { run: 'touch waiting; while ! test -e go; do sleep 0.05; done' } }"
        try project.folder.write(
            text.replacing("  - { id: switch", with: "\(waits)\n  - { id: switch"), to: "deploy.yml")
        let process = try project.start("run", "deploy.yml", "-i", "release=v2", "-q")
        try await project.waitFor("waiting")
        process.signal(SIGKILL)
        #expect(try await process.end().status == .signalled(9))
        try project.folder.write("", to: "go")
        #expect(project.exists("store/releases/v2"))
        try project.folder.write(
            text.replacing(
                "  - { id: list",
                with: "  - { uses: exec, rollback: false, with: { run: 'ls store/releases >seen' } }\n  - { id: list"),
            to: "deploy.yml")
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v3")
        #expect(said.code == 0, "\(said.error)")
        #expect(
            said.error.contains("run RUN did not come to its switch, so it is taken back first\nrun RUN: rolled back"),
            "\(said.error)")
        #expect(try project.text("seen") == "v1\n")
        #expect(try project.live() == "v3")
        let runs = try await project.runner("runs")
        #expect(!runs.output.contains("interrupted"), "\(runs.output)")
    }

    @Test func recoverFinishesOneRunThatIsNamed() async throws {
        let run = try await killInLastStep()
        let other = try #require(try project.runs().last)
        let ended = try await project.runner("recover", other)
        #expect(ended.code == 0 && ended.error == "run RUN has ended, so there is nothing to recover\n")
        #expect(try await project.runner("recover", String(run.suffix(4)), "-q").code == 0)
        #expect(try project.text("calls") == "first\nlast\nlast\n")
    }

    /// What a run has changed stays if only `finally` fails, and that is done later.
    @Test func finallyThatFailsIsDoneLater() async throws {
        try project.writeDeploy(
            """
            finally:
              - { id: notify, uses: exec, with: { run: test -e network } }
            """)
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2")
        #expect(said.code == 4, "\(said.error)")
        #expect(said.error.contains("error: step `notify` is not done: "), "\(said.error)")
        #expect(said.error.hasSuffix("to do what is missing: runner resume RUN\n"), "\(said.error)")
        #expect(try project.live() == "v2")
        try project.folder.write("", to: "network")
        #expect(try await project.runner("resume").code == 0)
        #expect(try await project.runner("recover").error == "nothing to recover in ~/.runner\n")
    }

    /// The killed job is started again, and its check fails: what its first try left must not stay live.
    @Test(arguments: [(true, "v2"), (false, "v1")])
    func theSameReleaseIsCheckedByTheRunThatBringsIt(isGood: Bool, live: String) async throws {
        _ = try await killInLastStep()
        #expect(try project.live() == "v2")
        try project.writeDeploy("  - { id: check, uses: exec, rollback: false, with: { run: '\(isGood)' } }")
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2")
        #expect(said.code == (isGood ? 0 : 1), "\(said.error)")
        #expect(said.error.contains("run RUN did not end, so it is finished first\n"), "\(said.error)")
        #expect(try project.live() == live, "\(said.error)")
    }

    @Test func aFileMayLetNothingBeginBeforeAnUnfinishedRunIsFinished() async throws {
        _ = try await killInLastStep()
        let live = try project.live()
        try project.writeDeploy("", top: "on-unfinished: stop")
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v3")
        #expect(said.code == 1 && said.error.contains("did not end, and `on-unfinished: stop` lets nothing begin"))
        #expect(try project.live() == live)
    }

    @Test func anUnfinishedRunOfAnotherStoreIsWarnedOf() async throws {
        _ = try await killInLastStep()
        try project.folder.write(
            CommandProject.deploy().replacing("store: store", with: "store: other"), to: "other.yml")
        let said = try await project.runner("run", "other.yml", "-i", "release=v3", "-q")
        #expect(said.code == 0)
        #expect(said.error == "warning: run RUN is unfinished; `runner recover` finishes it\n")
    }

    @Test func recoverySkipsOnlyWhatNeedsAMissingSecret() async throws {
        try project.writeDeploy(
            """
              - { uses: exec, rollback: false, with: { run: "touch waiting; while ! test -e go; do sleep 0.05; done" } }
            finally:
              - { id: notify, uses: exec, env: { HOOK: "${{ secrets.hook }}" }, with: { run: "echo $HOOK > hook" } }
            """, top: "secrets: { hook: { env: HOOK } }")
        let process = try project.start("run", "deploy.yml", "-i", "release=v2", environment: ["HOOK": "sesame-open"])
        try await project.waitFor("waiting")
        process.signal(SIGKILL)
        _ = try await process.end()
        try project.folder.write("", to: "go")
        let said = try await project.runner("recover")
        #expect(said.code == 0)
        #expect(
            said.error.contains("  skipped  notify  its secret `hook` is not available\n"), "\(said.error)")
        #expect(!project.exists("hook"))
        #expect(try project.live() == "v2")
    }
}
