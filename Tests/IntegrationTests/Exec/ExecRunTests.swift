import ExecStep
import Glibc
import Logging
import PipelineKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite struct ExecRunTests {
    private let folder: TemporaryFolder
    private let log = LogKeeper.Lines()
    private let background = BackgroundProcesses()

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("", to: "run/.keep")
        try folder.write("", to: "project/tools/.keep")
    }

    private func run(
        _ fields: [String: Value], environment: [String: String] = [:], path: String = "/usr/bin:/bin"
    ) async throws -> [String: Value] {
        let log = log
        var context = StepContext.test(
            folder: folder["run"], project: folder["project"], runID: "r1", stepID: "warm",
            environment: ["PATH": path, "BOTH": "runner"], stepEnvironment: environment,
            logger: Logger(label: "test") { _ in LogKeeper(log) },
            processes: SubprocessRunner(clock: SystemClock()))
        context.background = background
        return try await Exec(.test(fields)).run(from: Nothing(), in: context).values
    }

    private func failure(_ fields: [String: Value]) async -> StepError? {
        await #expect(throws: StepError.self) { try await run(fields) }
    }

    @Test func outputsComeFromTheFile() async throws {
        let values = try await run([
            "run":
                "echo \"url=https://example.com\" >> \"$RUNNER_OUTPUT\"; printf 'notes<<E\\na\\nb\\nE\\n' >> \"$RUNNER_OUTPUT\"",
            "outputs": ["url", "notes"],
        ])
        #expect(values == ["url": "https://example.com", "notes": "a\nb"])
    }

    @Test func linesAreLoggedClean() async throws {
        _ = try await run(["run": "printf '\\033[31mred\\033[0m\\n::error::x\\n'; echo oops >&2"])
        let lines = log.texts
        // Two pipes have no order between them.
        #expect(lines.sorted() == ["notice: : :error::x", "notice: oops", "notice: red"])
    }

    @Test func theChildKnowsWhereItIs() async throws {
        _ = try await run(
            [
                "run":
                    "pwd; echo $RUNNER_RUN_ID $RUNNER_STEP_ID $RUNNER_ATTEMPT $RUNNER_PROJECT; echo $RUNNER_IDEMPOTENCY_KEY; echo $BOTH $OWN",
                "directory": "tools",
            ], environment: ["BOTH": "step", "OWN": "1"])
        let project = folder["project"].string
        #expect(
            log.texts == [
                "notice: \(project)/tools", "notice: r1 warm 1 \(project)", "notice: r1/warm", "notice: step 1",
            ])
    }

    @Test func argumentsReachAProgramAsTheyAre() async throws {
        _ = try await run(["command": ["printf", "%s\n", "$(id) `id`", "a b", ""]])
        #expect(log.texts == ["notice: $(id) `id`", "notice: a b", "notice: "])
    }

    @Test func aScriptEndsWithItsFirstFailure() async throws {
        let error = await failure(["run": "echo before; echo why >&2; false; echo after"])
        #expect(error?.code == "command-failed" && error?.retryClass == .failure)
        #expect(error?.message.contains("exit status 1") == true)
        #expect(error?.message.hasSuffix("its last output: why") == true)
        #expect(!log.texts.contains("notice: after"))
    }

    @Test func aSignalIsAFailure() async throws {
        #expect(await failure(["run": "kill -9 $$"])?.message.contains("signal 9") == true)
        #expect(await failure(["run": "no-such-command"])?.help?.contains("not found") == true)
    }

    @Test func outputsOfAFailedAttemptDoNotCount() async throws {
        _ = await failure(["run": "echo a=1 >> $RUNNER_OUTPUT; exit 1", "outputs": ["a"]])
        #expect(await failure(["run": "true", "outputs": ["a"]])?.code == "missing-output")
        #expect(await failure(["run": "echo b=1 >> $RUNNER_OUTPUT", "outputs": ["a"]])?.code == "unknown-output")
    }

    @Test func aMissingProgramOrFolderIsNamed() async throws {
        let missing = await #expect(throws: ProcessError.self) { try await run(["command": ["no-such-program"]]) }
        #expect(missing?.code == "command-not-found")
        let folder = await #expect(throws: ProcessError.self) { try await run(["run": "true", "directory": "gone"]) }
        #expect(folder?.code == "no-such-directory")
    }

    @Test(arguments: [nil, "bash"] as [String?]) func aPipeFailsIfAnyOfItsCommandsFails(shell: String?) async throws {
        var fields: [String: Value] = ["run": "(echo half; exit 3) | cat; echo after"]
        fields["shell"] = shell.map { .text($0) }
        #expect(await failure(fields)?.message.contains("exit status 3") == true)
        #expect(log.texts == ["notice: half"])
    }

    @Test func ofPlainShOnlyTheLastCommandOfAPipeCounts() async throws {
        _ = try await run(["run": "(echo half; exit 3) | cat; echo after", "shell": "sh"])
        #expect(log.texts == ["notice: half", "notice: after"])
    }

    /// A pipe in a text must not change what the rest of it means.
    @Test(arguments: [
        "echo 'a\\tb'", "echo -n x", "echo {a,b}", "x=$(false; echo no); echo \"$x\"", "echo $0", "false || echo or",
    ])
    func aPipeChangesNothingElse(text: String) async throws {
        _ = try? await run(["run": .text(text)])
        let plain = log.texts
        _ = try? await run(["run": .text("true | true; " + text)])
        #expect(Array(log.texts.dropFirst(plain.count)).map(Self.withoutPath) == plain.map(Self.withoutPath))
    }

    private static func withoutPath(_ line: String) -> String { line.replacing("/bin/sh", with: "sh") }

    @Test func aMissingBashSaysHowToContinue() async throws {
        let error = await #expect(throws: StepError.self) {
            try await run(["run": "true", "shell": "bash"], path: "/nowhere")
        }
        #expect(error?.code == "no-bash" && error?.help?.contains("remove `shell`") == true)
    }

    @Test func theInputIsAtItsEnd() async throws {
        _ = try await run(["run": "if read x; then echo got; else echo end; fi; cat | wc -c"])
        #expect(log.texts == ["notice: end", "notice: 0"])
    }

    @Test func outputsKeepTheirTypes() async throws {
        let values = try await run([
            "run": "{ echo count=$(printf 'a\\nb\\n' | wc -l); echo live=true; } >> \"$RUNNER_OUTPUT\"",
            "outputs": ["count": "integer", "live": "boolean"],
        ])
        #expect(values == ["count": 2, "live": true])
        let wrong = await failure(["run": "echo count=many >> $RUNNER_OUTPUT", "outputs": ["count": "integer"]])
        #expect(
            wrong?.message == "the command wrote `many` as its output `count`, which must be a whole number")
    }

    @Test func noFileKeepsWhatWasWrittenAsOutput() async throws {
        _ = try await run(["run": "echo a=secret >> $RUNNER_OUTPUT", "outputs": ["a"]])
        _ = await failure(["run": "echo a=secret >> $RUNNER_OUTPUT; exit 1", "outputs": ["a"]])
        #expect(try DurableFile.entries(of: folder["run"]) == [".keep"])
    }

    /// A program that is left running writes once more after the step.
    @Test func noFileComesBack() async throws {
        let script = """
            echo a=1 >> $RUNNER_OUTPUT
            (trap '' TERM; while test -e "$RUNNER_OUTPUT"; do sleep 0.02; done; (echo a=secret >> $RUNNER_OUTPUT) || :; touch tried) &
            """
        _ = try await run(["run": .text(script), "outputs": ["a"]])
        let tried = folder["project/tried"]
        for _ in 0..<3_000 where try !FileStatus.exists(tried) { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try FileStatus.exists(tried))
        #expect(try DurableFile.entries(of: folder["run"]) == [".keep"])
        await background.end()
    }

    private func isAlive(_ process: String) throws -> Bool {
        guard let status = try? String(decoding: DurableFile.read(FilePath("/proc/\(process)/status")), as: UTF8.self)
        else { return false }
        return !status.contains("State:\tZ")
    }

    @Test func aBackgroundProgramLivesUntilTheNextAttempt() async throws {
        let serve = "(while :; do echo tick; sleep 0.05; done) & echo $! > pid"
        _ = try await run(["run": .text(serve)])
        let first = try #require(try folder.text("project/pid").split(separator: "\n").first.map(String.init))
        #expect(try isAlive(first) && background.owners == ["warm"])
        // It writes after the step has ended, and meets no closed pipe.
        let count = log.texts.count
        while log.texts.count < count + 5 { await Task.yield() }
        _ = try await run(["run": .text(serve)])
        let second = try #require(try folder.text("project/pid").split(separator: "\n").first.map(String.init))
        #expect(try !isAlive(first) && isAlive(second))
        await background.end()
        #expect(try !isAlive(second) && background.owners.isEmpty)
    }

    @Test func aDetachedProgramLivesOn() async throws {
        _ = try await run([
            "run": "(while :; do echo tick; echo tock >&2; sleep 0.02; done) & echo $! > pid; echo started",
            "detach": true,
        ])
        await background.end()
        let process = try #require(try folder.text("project/pid").split(separator: "\n").first.map(String.init))
        defer { if let process = Int32(process) { kill(process, SIGKILL) } }
        #expect(log.texts.contains("notice: started"))
        #expect(getsid(try #require(Int32(process))) != getsid(0))
        // A closed pipe would have ended it within one of its rounds.
        try await SystemClock().sleep(for: .milliseconds(300))
        #expect(try isAlive(process))
    }
}
