import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Runs that are asked to stop.
@Suite struct SignalTests {
    private let project: CommandProject

    init() async throws {
        project = try CommandProject()
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
    }

    /// A deploy of v2 whose last step writes its process's number into `waiting` and then does not end by itself.
    private func startWaiting(_ trap: String = "") async throws -> RunnerProcess {
        try project.folder.write(
            """
            \(trap)
            echo $$ > waiting.tmp; mv waiting.tmp waiting
            while ! test -e go; do sleep 0.05; done

            """, to: "wait.sh")
        try project.writeDeploy("  - { id: check, uses: exec, rollback: false, with: { run: exec sh wait.sh } }")
        let process = try project.start("run", "deploy.yml", "-i", "release=v2", "-q")
        try await project.waitFor("waiting")
        return process
    }

    /// The pointer is written back beside all else: if the step's rollback has its turn first, no line tells of it.
    private func withoutRestoration(_ text: String) -> String {
        text.replacing("~/store/current is at v1 again\n", with: "")
    }

    /// In the same words everywhere.
    @Test(arguments: [(SIGINT, 130, "stopped by SIGINT"), (SIGTERM, 143, "stopped by SIGTERM")])
    func aSignalStopsAndRestores(signal: Int32, code: Int, words: String) async throws {
        let process = try await startWaiting()
        process.signal(signal)
        let said = try await project.said(by: process)
        #expect(said.code == code)
        #expect(
            withoutRestoration(said.error) == """
                stopping: what was changed is rolled back; a second signal, a second or more after this one, ends the process at once
                  STOPPED  check  cancelled  TIME
                step `check` was \(words)
                the run was stopped after TIME; everything that it had changed is restored
                visitors have v1, as before

                """)
        #expect(try project.live() == "v1")
        #expect(!project.exists("store/releases/v2"))
        try await project.waitForEnd(ofProcess: try project.text("waiting"))
        let runs = try await project.runner("runs")
        #expect(runs.output.contains("RUN  rolled back  AGE  TIME  deploy  v2  check: \(words)\n"), "\(runs.output)")
        let show = try await project.runner("show")
        #expect(
            show.output.hasSuffix("\ncheck  stopped  TIME  1  cancelled\n\nstep `check` was \(words)\n"),
            "\(show.output)")
        let folder = try project.newestRun()
        let report = try project.text(folder + "/report.html")
        #expect(report.contains("<h2>step <code>check</code> was \(words)</h2>"), "\(report)")
        let log = try project.text(folder + "/run.log")
        #expect(
            log.contains("Z step `check` was \(words)\n") && log.contains("Z ended: rolled back, exit \(code)\n"),
            "\(log)")
        let json = try await project.runner("show", "--json")
        #expect(json.output.contains("\"outcome\":\"cancelled\""), "\(json.output)")
    }

    @Test func aChildIsAskedFirst() async throws {
        let process = try await startWaiting("trap 'echo tidied > tidied; exit 0' TERM")
        process.signal(SIGINT)
        #expect(try await project.said(by: process).code == 130)
        #expect(try project.text("tidied") == "tidied\n")
        try await project.waitForEnd(ofProcess: try project.text("waiting"))
    }

    @Test func aDeafChildAndItsOwnChildrenAreEnded() async throws {
        let process = try await startWaiting("trap '' TERM; sleep 1000 & echo $! > grandchild")
        process.signal(SIGTERM)
        #expect(try await project.said(by: process).code == 143)
        try await project.waitForEnd(ofProcess: try project.text("waiting"))
        try await project.waitForEnd(ofProcess: try project.text("grandchild"))
        #expect(try project.live() == "v1")
    }

    /// Uses a process of its own: while other tests run here, the deaf child could be ended, and the run restored,
    /// before this process came to send the second signal.
    private func signalTwice(_ process: RunnerProcess, _ signal: String) async throws {
        let script = "kill -$1 $2; until grep -q stopping: \"$3\"; do sleep 0.01; done; sleep 1.05; kill -$1 $2"
        let command = Command(
            "/bin/sh", ["-c", script, "sh", signal, "\(process.processID)", process.errorPath.string],
            environment: project.environment, directory: project.folder.path)
        #expect(try await SubprocessRunner(clock: SystemClock()).run(command) { _ in } == .exited(0))
    }

    /// A step whose rollback runs until the file `go` is there.
    private static let undoneOnDemand = """
          - id: check
            uses: exec
            with: { run: "echo $$ > waiting.tmp; mv waiting.tmp waiting; exec sleep 1000" }
            rollback:
              steps:
                - { uses: exec, with: { run: "touch undoing; while ! test -e go; do sleep 0.05; done; touch undone" } }
        """

    /// Runs a script of bash in the project; `$0` is the runner.
    private func bash(_ script: String) async throws -> PipelineKit.ExitStatus {
        let command = Command(
            "/bin/bash", ["-c", script, try RunnerProcess.executable.string], environment: project.environment,
            directory: project.folder.path)
        return try await SubprocessRunner(clock: SystemClock()).run(command) { _ in }
    }

    /// coreutils' `timeout` signals its child and then its own process group, with the child in it.
    @Test(arguments: [("INT", 130), ("TERM", 143)]) func aWrapperThatSignalsTwiceCutsNothingOff(
        signal: String, code: Int
    ) async throws {
        try project.writeDeploy(Self.undoneOnDemand)
        let status = try await bash(
            """
            set -m
            timeout -s \(signal) 100 "$0" run deploy.yml -i release=v2 -q 2> said &
            until test -e waiting; do sleep 0.02; done
            kill -s \(signal) $!
            until test -e undoing || ! kill -0 $!; do sleep 0.02; done
            sleep 0.3
            touch go
            wait $!
            """)
        let said = try project.text("said")
        #expect(status == .exited(code), "\(said)")
        #expect(project.exists("undone"), "\(said)")
        #expect(try project.live() == "v1")
    }

    /// A round counts if the two signals came within a second, by the clock of the shell that sent them.
    @Test(arguments: [("INT", "INT", 130), ("INT", "TERM", 130), ("TERM", "TERM", 143)])
    func twoSignalsWithinAMomentAreOne(first: String, second: String, code: Int) async throws {
        try project.writeDeploy(Self.undoneOnDemand)
        for round in 1...5 {
            for name in ["waiting", "undoing", "undone", "go"] { unlink(project.folder[name].string) }
            let process = try project.start("run", "deploy.yml", "-i", "release=v2", "-q")
            try await project.waitFor("waiting")
            let status = try await bash(
                """
                kill -s \(first) \(process.processID); began=$(date +%s%N)
                sleep 0.05
                kill -s \(second) \(process.processID); ended=$(date +%s%N)
                [ $((ended - began)) -lt 900000000 ]
                """)
            try await Task.sleep(for: .milliseconds(300))
            try project.folder.write("", to: "go")
            let said = try await process.end()
            guard status.isSuccess else {
                #expect(round < 5, "this machine was too slow to send two signals within a second")
                continue
            }
            #expect(said.code == code, "\(said.error)")
            #expect(project.exists("undone"), "\(said.error)")
            #expect(try project.live() == "v1")
            return
        }
    }

    @Test func afterTheRunsOwnTimeoutTwoSignalsEndItToo() async throws {
        try project.writeDeploy(
            """
              - id: check
                uses: exec
                with: { run: exec sleep 100 }
                rollback:
                  steps: [{ uses: exec, with: { run: "touch undoing; while ! test -e go; do sleep 0.05; done" } }]
            """, top: "timeout: 8s")
        let process = try project.start("run", "deploy.yml", "-i", "release=v2", "-q")
        try await project.waitFor("undoing")
        process.signal(SIGTERM)
        try await process.says("stopping: the run took too long, and what was changed is being rolled back already")
        try await Task.sleep(for: .milliseconds(1_050))
        process.signal(SIGTERM)
        #expect(try await process.end().code == 143)
        #expect(try project.live() == "v1")
        try project.folder.write("", to: "go")
        #expect(try await project.runner("recover", "-q").code == 1)
        #expect(try project.live() == "v1")
    }

    @Test func aSecondSignalEndsAtOnceAndRecoverRestores() async throws {
        let process = try await startWaiting("trap '' TERM")
        try await signalTwice(process, "INT")
        let said = try await project.said(by: process)
        #expect(said.code == 130)
        #expect(
            said.error == """
                stopping: what was changed is rolled back; a second signal, a second or more after this one, ends the process at once
                ~/store/current is at v1 again
                stopped at once; what is left is in the journal: finish the run with `runner recover`, or undo it with `runner \
                rollback RUN`

                """)
        #expect(try project.live() == "v1")
        // Nobody watches the child any more, so the test must end it.
        kill(try #require(pid_t(try project.text("waiting").filter(\.isNumber))), SIGKILL)
        try await project.waitForEnd(ofProcess: try project.text("waiting"))

        let rollback = try await project.runner("rollback", try #require(try project.runs().first), "-q")
        #expect(rollback.code == 0, "\(rollback.error)")
        #expect(try project.live() == "v1")
        #expect(!project.exists("store/releases/v2"))
        #expect(try await project.runner("recover").error == "nothing to recover in ~/.runner\n")
    }

    @Test func aSignalWhoseRollbackWasCutShortIsObeyedByRecover() async throws {
        let process = try await startWaiting("trap '' TERM")
        try await signalTwice(process, "TERM")
        #expect(try await project.said(by: process).code == 143)
        kill(try #require(pid_t(try project.text("waiting").filter(\.isNumber))), SIGKILL)
        try await project.waitForEnd(ofProcess: try project.text("waiting"))

        // If the run went forward now, the script would end well.
        try project.folder.write("", to: "go")
        let recovery = try await project.runner("recover", "-q")
        #expect(recovery.code == 1, "\(recovery.error)")
        #expect(try project.live() == "v1")
        #expect(!project.exists("store/releases/v2"))
        #expect(try await project.runner("recover").error == "nothing to recover in ~/.runner\n")
    }

    @Test func recoverGoesBackWhereTheRunHadFailed() async throws {
        // The rollback of the last step waits, so that the signals come when `failed` is in the journal.
        try project.folder.write("exit 1\n", to: "fail.sh")
        try project.writeDeploy(
            """
              - id: check
                uses: exec
                with: { run: sh fail.sh }
                rollback:
                  steps:
                    - { uses: exec, with: { run: "touch waiting; while ! test -e go; do sleep 0.05; done" } }
            """)
        let process = try project.start("run", "deploy.yml", "-i", "release=v2", "-q")
        try await project.waitFor("waiting")
        process.signal(SIGINT)
        try await process.says("stopping:")
        try await Task.sleep(for: .milliseconds(1_050))
        process.signal(SIGINT)
        #expect(try await process.end().code == 130)
        try project.folder.write("", to: "go")
        #expect(try project.live() == "v1")
        let runs = try await project.runner("runs")
        #expect(runs.output.contains("RUN  interrupted  AGE  deploy  v2  check: "), "\(runs.output)")

        let recovery = try await project.runner("recover", "-q")
        #expect(recovery.code == 1)
        #expect(
            recovery.error == """
                error: step `check` failed: `sh fail.sh` failed with exit status 1
                   --> deploy.yml:12:5
                  help: look at its output above; to run it by hand: `cd` to the folder and type the command
                the run failed after TIME; everything that it had changed is restored
                visitors have v1, as before

                """)
        #expect(try project.live() == "v1")
    }
}
