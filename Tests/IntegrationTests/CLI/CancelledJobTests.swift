import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// What CI systems do to a run whose job is cancelled: SIGINT, SIGTERM some seconds later, and SIGKILL. The pointer is back
/// before that, and what is left is finished by whoever comes next.
@Suite struct CancelledJobTests {
    private let project: CommandProject

    init() async throws {
        project = try CommandProject()
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
    }

    /// A step that says that it has begun, and that ends when the file `go` is there.
    ///
    /// - Parameters:
    ///   - trap: shell that sets how it takes signals.
    ///   - isUndoneOnDemand: whether it has a rollback that ends when the file is there.
    private static func waiting(_ id: String, _ trap: String = ":", isUndoneOnDemand: Bool = false) -> String {
        """
          - id: \(id)
            uses: exec
            rollback: \(isUndoneOnDemand ? "{ steps: [{ uses: exec, with: { run: '\(untilGo)' } }] }" : "false")
            with:
              run: |
                \(trap)
                echo $$ > \(id).tmp; mv \(id).tmp \(id)
                \(untilGo)
        """
    }

    private static let untilGo = "while ! test -e go; do sleep 0.2; done"

    private func start(_ then: String, top: String = "") throws -> RunnerProcess {
        try project.writeDeploy(then, top: top)
        return try project.start("run", "deploy.yml", "-i", "release=v2", "-q")
    }

    /// How long it takes until visitors have v1; nil after a minute.
    private func timeUntilBack(since began: ContinuousClock.Instant) async throws -> Duration? {
        while began.duration(to: .now) < .seconds(60) {
            if try project.live() == "v1" { return began.duration(to: .now) }
            try await Task.sleep(for: .milliseconds(2))
        }
        return nil
    }

    private func expectBack(_ name: String, since began: ContinuousClock.Instant) async throws {
        let time = try await timeUntilBack(since: began)
        Soak.report(name, "the pointer was back after \(time?.text ?? "more than a minute")")
        try #require(time != nil)
    }

    // MARK: - The pointer first

    @Test func thePointerIsBackInTime() async throws {
        let process = try start(Self.waiting("check"))
        try await project.waitFor("check")
        let began = ContinuousClock.now
        process.signal(SIGINT)
        let time = try #require(try await timeUntilBack(since: began))
        Soak.report("SIGINT in a quiet step", "the pointer was back after \(time.text)")
        // A CI system gives about seven seconds.
        #expect(time < .seconds(5))
        #expect(try await process.end().code == 130)
    }

    /// A program may take its five seconds before it is killed.
    @Test func thePointerIsBackBeforeADeafStepHasEnded() async throws {
        let process = try start(Self.waiting("check", "trap '' TERM INT"))
        try await project.waitFor("check")
        let began = ContinuousClock.now
        process.signal(SIGTERM)
        try await expectBack("SIGTERM in a deaf step", since: began)
        let said = try await project.said(by: process)
        #expect(said.code == 143)
        // Its program has five seconds from the signal.
        let (back, stopped) = (
            said.error.firstRange(of: "~/store/current is at v1 again\n"), said.error.firstRange(of: "STOPPED")
        )
        #expect(try #require(back).lowerBound < #require(stopped).lowerBound, "\(said.error)")
        #expect(said.error.contains("everything that it had changed is restored"), "\(said.error)")
        #expect(!project.exists("store/releases/v2"))
    }

    /// A step after the switch whose rollback ends when the file `go` is there.
    private static let undoneOnDemand = """
          - id: check
            uses: exec
            with: { run: "CHECK" }
            rollback:
              steps:
                - uses: exec
                  with: { run: "readlink store/current > seen; touch undoing; UNTIL" }
        """

    private static func undone(after check: String) -> String {
        undoneOnDemand.replacing("CHECK", with: check).replacing("UNTIL", with: untilGo)
    }

    @Test func thePointerIsBackBeforeTheRollbackOfALaterStep() async throws {
        let process = try start(Self.undone(after: "touch check; exec sleep 1000"))
        try await project.waitFor("check")
        let began = ContinuousClock.now
        process.signal(SIGINT)
        try await expectBack("SIGINT before the rollback of a later step", since: began)
        try await project.waitFor("undoing")
        try project.folder.write("", to: "go")
        let said = try await project.said(by: process)
        #expect(said.code == 130, "\(said.error)")
        #expect(!project.exists("store/releases/v2"))
    }

    @Test func aSignalInTheRollbackOfALaterStepBringsItBackToo() async throws {
        let process = try start(Self.undone(after: "exit 1"))
        try await project.waitFor("undoing")
        // Without a signal the order is kept.
        #expect(try project.text("seen") == "releases/v2\n")
        #expect(try project.live() == "v2")
        let began = ContinuousClock.now
        process.signal(SIGTERM)
        try await expectBack("SIGTERM in the rollback of a later step", since: began)
        try project.folder.write("", to: "go")
        // The failure had come first.
        #expect(try await process.end().code == 1)
        #expect(try project.live() == "v1")
    }

    /// A process that has not made the switch itself.
    @Test func aSignalToARollbackBringsItBackToo() async throws {
        try project.writeDeploy(Self.undone(after: "true"))
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 0)
        let process = try project.start("rollback", try #require(try project.runs().first), "-q")
        try await project.waitFor("undoing")
        #expect(try project.live() == "v2")
        let began = ContinuousClock.now
        process.signal(SIGTERM)
        try await expectBack("SIGTERM to a rollback", since: began)
        try project.folder.write("", to: "go")
        #expect(try await process.end().code == 0)
        #expect(!project.exists("store/releases/v2"))
    }

    @Test func whatShallStayStays() async throws {
        let process = try start(Self.waiting("check"), top: "on-failure: stop")
        try await project.waitFor("check")
        process.signal(SIGINT)
        let said = try await project.said(by: process)
        #expect(said.code == 3)
        #expect(!said.error.contains("again"), "\(said.error)")
        #expect(said.error.contains("v2 is live at"), "\(said.error)")
        #expect(try project.live() == "v2")
    }

    @Test func aSignalAfterTheLastStepTakesNothingBack() async throws {
        let finally = """
            finally:
              - uses: exec
                with: { run: "touch last; \(Self.untilGo)" }
            """
        let process = try start(finally)
        try await project.waitFor("last")
        process.signal(SIGTERM)
        try await process.says("stopping:")
        try project.folder.write("", to: "go")
        #expect(try await process.end().code == 0)
        #expect(try project.live() == "v2")
    }

    // MARK: - Signals of terminals

    @Test(arguments: [(SIGHUP, 129, "SIGHUP"), (SIGQUIT, 131, "SIGQUIT")])
    func aClosedTerminalStopsTheRun(signal: Int32, code: Int, name: String) async throws {
        let process = try start(Self.waiting("check"))
        try await project.waitFor("check")
        process.signal(signal)
        let said = try await project.said(by: process)
        #expect(said.code == code)
        #expect(said.error.contains("step `check` was stopped by \(name)\n"), "\(said.error)")
        #expect(try project.live() == "v1")
        let runs = try await project.runner("runs")
        #expect(runs.output.contains("check: stopped by \(name)"), "\(runs.output)")
        let json = try await project.runner("show", "--json")
        #expect(json.output.contains("\"exit-code\":\(code)"), "\(json.output)")
    }

    /// Runs a script of bash in the project; `$0` is the runner.
    private func bash(_ script: String) async throws -> PipelineKit.ExitStatus {
        let command = Command(
            "/bin/bash", ["-c", script, try RunnerProcess.executable.string], environment: project.environment,
            directory: project.folder.path)
        return try await SubprocessRunner(clock: SystemClock()).run(command) { _ in }
    }

    @Test func nohupIsRespected() async throws {
        try project.writeDeploy(Self.waiting("check"))
        let status = try await bash(
            """
            nohup "$0" run deploy.yml -i release=v2 > said 2>&1 &
            until test -e check; do sleep 0.02; done
            kill -HUP $!
            sleep 0.5
            touch go
            wait $!
            """)
        let said = try project.text("said")
        #expect(status == .exited(0), "\(said)")
        #expect(!said.contains("stopping"), "\(said)")
        #expect(try project.live() == "v2")
    }

    // MARK: - Behind a shell

    /// What a job's shell is sent when the job is cancelled, and then the runner as a part of the whole tree of processes. Times
    /// are shorter.
    ///
    /// - Returns: where the link leads before the kill.
    private func cancelJob(_ command: String) async throws -> String {
        try project.writeDeploy(Self.waiting("check", isUndoneOnDemand: true))
        _ = try await bash(
            """
            bash -e -c '\(command)' "$0" 2> said &
            shell=$!
            until test -e check; do sleep 0.02; done
            runner=$shell
            for child in $(cat /proc/$shell/task/$shell/children); do runner=$child; done
            case "$(readlink /proc/$runner/exe)" in */runner) touch is-runner;; esac
            kill -INT $shell
            for try in $(seq 50); do
              [ "$(readlink store/current)" = releases/v1 ] && break
              sleep 0.1
            done
            readlink store/current > before-kill
            kill -0 $runner && touch was-at-work
            kill -TERM $shell
            kill -KILL $runner $shell
            wait
            touch go
            """)
        #expect(project.exists("is-runner") && project.exists("was-at-work"), "the kill did not meet the runner")
        return try project.text("before-kill")
    }

    /// bash passes no signal on: the runner does not hear any, and is killed with the release live. The journal has all of it.
    @Test func aShellInBetweenKeepsSignalsFromTheRunner() async throws {
        #expect(try await cancelJob("\"$0\" run deploy.yml -i release=v2 -q; true") == "releases/v2\n")
        #expect(try project.live() == "v2")
        let recovery = try await project.runner("recover", "-q")
        #expect(recovery.code == 0, "\(recovery.error)")
        #expect(try project.live() == "v2")
        #expect(try await project.runner("recover").error == "nothing to recover in ~/.runner\n")
    }

    /// As the documents say to write it.
    @Test func aRunnerInTheShellsPlaceHearsThem() async throws {
        #expect(try await cancelJob("exec \"$0\" run deploy.yml -i release=v2 -q") == "releases/v1\n")
        let recovery = try await project.runner("recover", "-q")
        #expect(recovery.code == 1, "\(recovery.error)")
        #expect(recovery.error.hasSuffix("visitors have v1, as before\n"), "\(recovery.error)")
        #expect(try project.live() == "v1")
        #expect(!project.exists("store/releases/v2"))
        #expect(try await project.runner("recover").error == "nothing to recover in ~/.runner\n")
    }

    // MARK: - At every step

    enum Pattern: String, CaseIterable, Sendable {
        case interrupt = "INT"
        case interruptTwice = "INT, INT after 50 ms"
        case job = "INT, TERM, KILL"
    }

    /// Signals before and after every step, while its neighbour waits; then whoever comes next finishes what is left.
    @Test(arguments: Pattern.allCases) func aSignalAtEveryStep(pattern: Pattern) async throws {
        var (counted, tried) = (0, 0)
        for number in 0...4 {
            tried += 1
            if try await round("wait-\(number)", pattern) { counted += 1 }
        }
        Soak.report("signals \(pattern.rawValue)", "\(counted) of \(tried) met the step that they were for")
        #expect(counted * 10 >= tried * 8)
    }

    /// - Returns: whether the journal and the process's own words say that the signals met the step.
    private func round(_ id: String, _ pattern: Pattern) async throws -> Bool {
        // Its rollback waits, so that all signals of a job find the run at work.
        let step = Self.waiting(id, isUndoneOnDemand: pattern == .job) + "\n"
        for name in ["go", id] { unlink(project.folder[name].string) }
        let lines = CommandProject.deploy().split(separator: "\n", omittingEmptySubsequences: false)
        var (text, number) = ("", 0)
        for line in lines {
            if line.hasPrefix("  - { id: ") {
                if id == "wait-\(number)" { text += step }
                number += 1
            }
            text += line + "\n"
        }
        if id == "wait-\(number)" { text += step }
        try project.folder.write(text, to: "deploy.yml")
        let process = try project.start("run", "deploy.yml", "-i", "release=v2", "-q")
        try await project.waitFor(id)
        process.signal(SIGINT)
        if pattern == .interruptTwice {
            try await Task.sleep(for: .milliseconds(50))
            process.signal(SIGINT)
        }
        var code = 130
        if pattern == .job {
            try await process.says("stopping:")
            try await Task.sleep(for: .milliseconds(1_050))
            process.signal(SIGTERM)
            // A kill comes 2.5 s later.
            try await process.says("stopped at once")
            code = 143
        }
        let said = try await process.end()
        #expect(said.code == code, "\(id): \(said.error)")
        #expect(try project.live() == "v1", "\(id): \(said.error)")
        try project.folder.write("", to: "go")
        let show = try await project.runner("show", "--json")
        let recovery = try await project.runner("recover", "-q")
        #expect(recovery.code == (pattern == .job ? 1 : 0), "\(id): \(recovery.error)")
        #expect(try project.live() == "v1", "\(id): \(recovery.error)")
        #expect(!project.exists("store/releases/v2"), "\(id): \(recovery.error)")
        #expect(try await project.runner("recover").error == "nothing to recover in ~/.runner\n")
        return show.output.contains("\"step\":\"\(id)\"") && said.error.contains("stopping:")
            && (pattern != .job || said.error.contains("stopped at once"))
    }

    /// The end of the process is at once also if nothing else is.
    @Test func aSecondSignalEndsTheProcessInTime() async throws {
        let process = try start(Self.waiting("check", isUndoneOnDemand: true))
        try await project.waitFor("check")
        process.signal(SIGINT)
        try await process.says("is at v1 again")
        try await Task.sleep(for: .milliseconds(1_050))
        let began = ContinuousClock.now
        process.signal(SIGTERM)
        let said = try await project.said(by: process)
        let time = began.duration(to: .now)
        Soak.report("a second signal", "the process ended after \(time.text)")
        #expect(said.code == 143 && time < .seconds(1), "\(time)")
        #expect(
            said.error.hasSuffix(
                """
                stopped at once; what is left is in the journal: finish the run with `runner recover`, or undo it with `runner \
                rollback RUN`

                """), "\(said.error)")
        try project.folder.write("", to: "go")
        #expect(try await project.runner("recover", "-q").code == 1)
    }
}
