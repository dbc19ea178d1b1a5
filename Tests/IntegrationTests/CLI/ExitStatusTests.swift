import Glibc
import SystemPackage
import TestSupport
import Testing

/// How runs end: the exit status, and every word of standard error.
@Suite struct ExitStatusTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.writeDeploy()
    }

    private func deployFirst() async throws {
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
    }

    private func exec(_ script: String, _ more: String = "rollback: false") -> String {
        "  - { id: check, uses: exec, \(more), with: { run: '\(script)' } }"
    }

    @Test func doneIs0() async throws {
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v1")
        #expect(said.code == 0)
        #expect(said.output == "")
        #expect(
            said.error == """
                deploy to store  run RUN
                \(CommandProject.deployed("v1"))
                done in TIME
                v1 is live at ~/store/current (before: no release)
                to take it back: runner rollback

                """)
        #expect(try project.live() == "v1")
    }

    @Test func nothingToDoIs0() async throws {
        try await deployFirst()
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v1")
        #expect(said.code == 0)
        #expect(
            said.error == """
                deploy to store  run RUN
                  ok  list  2 files, 34 B  TIME
                  same  upload  v1, 2 files, all there already  TIME
                  same  switch  v1, as before  TIME
                  same  caches  a folder store has no edge cache  TIME
                done in TIME
                visitors have v1, as before

                """)
    }

    /// A program that is not there has done nothing that somebody must undo.
    @Test(arguments: [
        (
            "{ command: [no-such-program] }",
            "there is no command `no-such-program` in PATH (/usr/sbin:/usr/bin:/sbin:/bin)"
        ),
        (
            "{ run: 'true', directory: gone }",
            "cannot run `/bin/sh` in ~/gone: there is no such folder, or it may not be entered"
        ),
    ])
    func aProgramThatIsNotThereIs1(with: String, why: String) async throws {
        try await deployFirst()
        try project.writeDeploy("  - { id: check, uses: exec, with: \(with) }")
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q")
        #expect(said.code == 1)
        #expect(said.error.hasPrefix("error: step `check` failed: \(why)\n"), "\(said.error)")
        #expect(said.error.hasSuffix("everything that it had changed is restored\nvisitors have v1, as before\n"))
        #expect(try project.live() == "v1")
    }

    @Test func quietlyDoneSaysNothing() async throws {
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q")
        #expect(said.code == 0)
        #expect(said.error + said.output == "")
    }

    @Test func failedAndRestoredIs1() async throws {
        try await deployFirst()
        try project.writeDeploy(exec("echo looking; exit 7"))
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2")
        #expect(said.code == 1)
        #expect(
            said.error == """
                deploy to store  run RUN
                \(CommandProject.deployed("v2", over: "v1"))
                  FAILED  check  TIME
                           | looking
                \(CommandProject.undone(to: "v1"))

                error: step `check` failed: `echo looking; exit 7` failed with exit status 7; its last output: looking
                   --> deploy.yml:12:5
                  help: look at its output above; to run it by hand: `cd` to the folder and type the command
                the run failed after TIME; everything that it had changed is restored
                report: ~/.runner/runs/RUN/report.html
                visitors have v1, as before

                """)
        #expect(try project.live() == "v1")
        #expect(!project.exists("store/releases/v2"))
    }

    @Test func failedBeforeItChangedAnythingIs1() async throws {
        try project.folder.write(
            """
            version: 1
            name: early
            steps: [{ id: list, uses: hash, with: { source: nowhere } }]

            """, to: "early.yml")
        let said = try await project.runner("run", "early.yml", "-q")
        #expect(said.code == 1)
        #expect(said.error.hasSuffix("the run failed after TIME; there was nothing to restore\n"), "\(said.error)")
    }

    @Test func somethingIrreversibleIs3() async throws {
        try await deployFirst()
        try project.writeDeploy(exec("echo telling; exit 1", "env: {}"))
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q")
        #expect(said.code == 3)
        #expect(
            said.error == """
                error: step `check` failed: `echo telling; exit 1` failed with exit status 1; its last output: telling
                   --> deploy.yml:12:5
                  help: look at its output above; to run it by hand: `cd` to the folder and type the command
                not restored:
                  `check` (exec): it had begun and cannot be undone
                  undo by hand what matters
                visitors have v1, as before
                what was done: runner show RUN

                """)
        #expect(try project.live() == "v1")
    }

    @Test func aRollbackThatCannotFinishIs3AndGoesOn() async throws {
        try await deployFirst()
        let script = "mv store/.runner/manifests/v1.jsonl kept; exit 1"
        try project.writeDeploy(exec(script))
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q")
        let stuck = """
            ~/store/current cannot go back to v1: the release was deleted since, or its manifest is gone, so that it stays \
            at v2
            """
        let left = """
            not restored:
              `switch` (switch-origin): its rollback failed: \(stuck)
              `upload` (sync): the rollback of a later step did not finish

            """
        #expect(said.code == 3)
        #expect(
            said.error == """
                error: step `check` failed: `\(script)` failed with exit status 1
                   --> deploy.yml:12:5
                  help: look at its output above; to run it by hand: `cd` to the folder and type the command
                \(left)visitors still have v2
                when the reason is gone: runner rollback RUN

                """)
        #expect(try project.live() == "v2")

        let again = try await project.runner("rollback", "-q")
        #expect(again.code == 3)
        #expect(
            again.error == """
                \(left)  next: look at the above, then type `runner rollback RUN`
                visitors still have v2
                `runner rollback --to VERSION` makes any other release of the store live

                """)

        rename(project.folder["kept"].string, project.folder["store/.runner/manifests/v1.jsonl"].string)
        let last = try await project.runner("rollback")
        #expect(last.code == 0)
        #expect(
            last.error == """
                run RUN of deploy was not rolled back to its end, so its rollback comes first
                \(CommandProject.undone(to: "v1"))
                rolled back in TIME
                visitors have v1 again (before: v2)

                """)
        #expect(try project.live() == "v1")
    }

    /// Nothing of the run is left to restore: it ends, and nobody is told of it for ever.
    @Test func aRunWhosePointerSomebodyElseHasMovedEnds() async throws {
        try await deployFirst()
        let script = "mkdir -p store/releases/hand; ln -sfn releases/hand store/current; exit 1"
        try project.writeDeploy(exec(script))
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2")
        #expect(said.code == 1)
        #expect(said.error.contains("somebody else has changed it, so it stays"), "\(said.error)")
        #expect(said.error.hasSuffix("visitors have hand, which is not of this run\n"), "\(said.error)")
        #expect(project.readLink("store/current") == "releases/hand" && !project.exists("store/releases/v2"))
        #expect(try await project.runner("recover").error == "nothing to recover in ~/.runner\n")
    }

    /// A run that was stuck, and a newer deploy has come since.
    @Test func aStuckRunEndsAfterANewerDeploy() async throws {
        try await deployFirst()
        try project.writeDeploy(exec("mv store/.runner/manifests/v1.jsonl kept; exit 1"))
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 3)
        let stuck = try #require(try project.runs().first)
        try project.writeDeploy()
        let newer = try await project.runner("run", "deploy.yml", "-i", "release=v3")
        #expect(newer.code == 0 && newer.error.contains("is unfinished"), "\(newer.error)")
        let dry = try await project.runner("rollback", stuck, "--dry-run")
        #expect(dry.output.contains("nothing to restore: visitors have v3"), "\(dry.output)")
        #expect(dry.output.contains("visitors would have v3, as now"), "\(dry.output)")
        let recovery = try await project.runner("recover", "-q")
        #expect(recovery.code == 1)
        #expect(recovery.error.hasSuffix("visitors have v3, which is not of this run\n"), "\(recovery.error)")
        #expect(try project.live() == "v3" && !project.exists("store/releases/v2"))
        #expect(try await project.runner("recover").error == "nothing to recover in ~/.runner\n")
        let next = try await project.runner("run", "deploy.yml", "-i", "release=v4")
        #expect(next.code == 0 && !next.error.contains("unfinished"), "\(next.error)")
    }

    /// Another run has made the stuck one's release live since: it is that run's now, and stays.
    @Test func aStuckRunWhoseReleaseIsLiveAgainEnds() async throws {
        try await deployFirst()
        try project.writeDeploy(exec("mv store/.runner/manifests/v1.jsonl kept; exit 1"))
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 3)
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v3", "-q").code == 0)
        let back = try await project.runner("rollback", "--to", "v2", "-q")
        #expect(back.code == 0, "\(back.error)")
        let recovery = try await project.runner("recover")
        #expect(
            recovery.code == 1 && recovery.error.contains("v2 stays: visitors have it by run RUN"), "\(recovery.error)")
        #expect(try project.live() == "v2" && project.exists("store/releases/v2/index.html"))
        #expect(try await project.runner("recover").error == "nothing to recover in ~/.runner\n")
    }

    @Test func onFailureStopIs3() async throws {
        try await deployFirst()
        try project.writeDeploy(exec("exit 1"), top: "on-failure: stop")
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q")
        #expect(said.code == 3)
        #expect(said.error.contains("`switch` (switch-origin): `on-failure: stop` leaves it as it is"))
        #expect(try project.live() == "v2")
        #expect(try await project.runner("rollback", "-q").code == 0)
        #expect(try project.live() == "v1")
    }

    @Test func theTimeoutOfAStepIs124() async throws {
        try await deployFirst()
        try project.writeDeploy(exec("exec sleep 60", "rollback: false, timeout: 300ms, retry: { attempts: 1 }"))
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q")
        #expect(said.code == 124)
        #expect(
            said.error == """
                error: step `check` (exec) took longer than its limit of TIME
                   --> deploy.yml:12:5
                  help: give it a longer `timeout`, or find out what it waits for with `-v`
                the run failed after TIME; everything that it had changed is restored
                visitors have v1, as before

                """)
        #expect(try project.live() == "v1")
    }

    @Test func theTimeoutOfTheRunIs124() async throws {
        try await deployFirst()
        // Long enough for the steps before on a busy machine, and far less than the sleep.
        try project.writeDeploy(exec("exec sleep 600"), top: "timeout: 8s")
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q")
        #expect(said.code == 124)
        #expect(
            said.error == """
                error: the run took longer than its limit of TIME
                   --> deploy.yml:12:5
                  help: give it a longer `timeout`, or find out what it waits for with `-v`
                the run failed after TIME; everything that it had changed is restored
                visitors have v1, as before

                """)
        #expect(try project.live() == "v1")
    }
}
