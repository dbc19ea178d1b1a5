import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// What a step leaves running in the background, and commands that only read, as a user sees them.
@Suite struct BackgroundTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        // It traps the signal while it waits: Debian's `sh` can miss one while it starts a program.
        try project.folder.write(
            """
            trap 'echo tidied; exit 0' TERM
            (while :; do echo tick; echo x >> live; sleep 0.05; done) & wait

            """, to: "serve.sh")
    }

    private func write(_ steps: String, finally: String = "") throws {
        try project.folder.write(
            """
            version: 1
            name: serve
            steps:
              - id: serve
                uses: exec
                with: { run: "sh serve.sh & echo $! > pid; while [ ! -s live ]; do sleep 0.01; done" }
                rollback: { steps: [{ uses: exec, with: { run: "kill -0 $(cat pid) && echo undone > undone" } }] }
            \(steps)
            \(finally)
            """, to: "serve.yml")
    }

    private var isAlive: Bool {
        get throws {
            let process = try project.text("pid").filter { !$0.isNewline }
            guard let status = try? project.text("/proc/\(process)/status") else { return false }
            return !status.contains("State:\tZ")
        }
    }

    @Test func itLivesForLaterStepsAndEndsWithTheRun() async throws {
        try write(
            "  - { uses: exec, with: { run: kill -0 $(cat pid) }, rollback: false }",
            finally: "finally:\n  - { uses: exec, with: { run: kill -0 $(cat pid) } }")
        let said = try await project.runner("run", "-v", "serve.yml")
        #expect(said.code == 0, "\(said.error)")
        #expect(said.error.contains("| serve: the run is over: stopping what the step left running"))
        // What it wrote after its step, and at its end.
        #expect(said.error.contains("| serve: tidied\n"), "\(said.error)")
        #expect(try !isAlive)
    }

    @Test func aRollbackFindsItAlive() async throws {
        try write("  - { uses: exec, with: { run: 'false' }, rollback: false }")
        let said = try await project.runner("run", "serve.yml")
        #expect(said.code == 1, "\(said.error)")
        #expect(try project.text("undone") == "undone\n" && !isAlive)
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)]) func aCancelEndsIt(signal: Int32, code: Int) async throws {
        try write("  - { uses: exec, with: { run: 'echo up > up; sleep 900' }, rollback: false }")
        let process = try project.start("run", "serve.yml")
        while (try? project.text("up")) == nil { try await SystemClock().sleep(for: .milliseconds(20)) }
        process.signal(signal)
        let said = try await project.said(by: process)
        #expect(said.code == code, "\(said.error)")
        #expect(try project.text("undone") == "undone\n" && !isAlive)
    }

    @Test func aSecondSignalEndsItToo() async throws {
        // It writes no output: a closed pipe could end it before the signal does.
        try project.folder.write(
            "trap 'echo x > tidied; exit 0' TERM; echo x > live; sleep 900 & wait\n", to: "serve.sh")
        let slow = "{ steps: [{ uses: exec, with: { run: 'echo up > up; sleep 900' } }] }"
        try write("  - { uses: exec, with: { run: 'false' }, rollback: \(slow) }")
        let process = try project.start("run", "serve.yml")
        while (try? project.text("up")) == nil { try await SystemClock().sleep(for: .milliseconds(20)) }
        process.signal(SIGTERM)
        // What comes within a second counts as the same signal.
        try await SystemClock().sleep(for: .milliseconds(1_100))
        #expect(try isAlive)
        process.signal(SIGTERM)
        let said = try await project.said(by: process)
        #expect(said.code == 143 && said.error.contains("stopped at once"), "\(said.error)")
        for _ in 0..<400 where (try? project.text("tidied")) == nil {
            try await SystemClock().sleep(for: .milliseconds(50))
        }
        #expect((try? project.text("tidied")) == "x\n")
    }

    /// Nothing waits for a runner that is gone: its output ends, and what was in the background meets a closed pipe.
    @Test func aKilledRunnerHangsNothing() async throws {
        try write("  - { uses: exec, with: { run: 'echo up > up; sleep 900' }, rollback: false }")
        let process = try project.start("run", "serve.yml")
        while (try? project.text("up")) == nil { try await SystemClock().sleep(for: .milliseconds(20)) }
        process.signal(SIGKILL)
        _ = try await project.said(by: process)
        for _ in 0..<200 where try isAlive { try await SystemClock().sleep(for: .milliseconds(50)) }
        #expect(try !isAlive)
    }

    @Test func aStepThatOnlyReadsIsNeverLeftToUndo() async throws {
        try project.folder.write(
            """
            version: 1
            name: read
            steps:
              - id: read
                uses: exec
                with:
                  run: echo count=4 >> $RUNNER_OUTPUT; echo ran >> ran
                  outputs: { count: integer }
                  effect: none
              - { uses: exec, if: steps.read.outputs.count > 3, with: { run: "exit 1" }, rollback: false }

            """, to: "read.yml")
        let said = try await project.runner("run", "read.yml")
        #expect(said.code == 1 && said.error.contains("there was nothing to restore"), "\(said.error)")
        try project.folder.write("", to: "ran")
        let plan = try await project.runner("plan", "read.yml")
        #expect(
            plan.output.contains("would run; `runner plan --allow-commands` runs it in the plan too"), "\(plan.output)")
        #expect(plan.output.contains("known after run of read"), "\(plan.output)")
        #expect(try project.text("ran") == "")
        let allowed = try await project.runner("plan", "read.yml", "--allow-commands")
        #expect(
            allowed.output.contains("  ok  read  count=4\n") && !allowed.output.contains("known after"),
            "\(allowed.output)")
        #expect(try project.text("ran") == "ran\n")
        let dry = try await project.runner("run", "read.yml", "--dry-run", "--allow-commands")
        #expect(dry.output == allowed.output && dry.code == allowed.code)
    }

    @Test func aRollbackThatNeverRunsIsTold() async throws {
        try project.folder.write(
            """
            version: 1
            name: read
            steps:
              - uses: exec
                with: { run: "true", effect: none }
                rollback: { steps: [{ uses: exec, with: { run: "true" } }] }

            """, to: "read.yml")
        let said = try await project.runner("validate", "read.yml")
        #expect(said.code == 0)
        #expect(
            (said.output + said.error).contains(
                "this rollback never runs: with `effect: none` the step changes nothing"), "\(said.output)\(said.error)"
        )
    }
}
