import ExecStep
import Logging
import PipelineKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite struct ExecRunTests {
    private let folder: TemporaryFolder
    private let log = LogKeeper.Lines()

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("", to: "run/.keep")
        try folder.write("", to: "project/tools/.keep")
    }

    private func run(
        _ fields: [String: Value], environment: [String: String] = [:]
    ) async throws -> [String: Value] {
        let log = log
        let context = StepContext.test(
            folder: folder["run"], project: folder["project"], runID: "r1", stepID: "warm",
            environment: ["PATH": "/usr/bin:/bin", "BOTH": "runner"], stepEnvironment: environment,
            logger: Logger(label: "test") { _ in LogKeeper(log) },
            processes: SubprocessRunner(clock: SystemClock()))
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
        #expect(lines.sorted() == ["info: : :error::x", "info: oops", "info: red"])
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
                "info: \(project)/tools", "info: r1 warm 1 \(project)", "info: r1/warm", "info: step 1",
            ])
    }

    @Test func argumentsReachAProgramAsTheyAre() async throws {
        _ = try await run(["command": ["printf", "%s\n", "$(id) `id`", "a b", ""]])
        #expect(log.texts == ["info: $(id) `id`", "info: a b", "info: "])
    }

    @Test func aScriptEndsWithItsFirstFailure() async throws {
        let error = await failure(["run": "echo before; echo why >&2; false; echo after"])
        #expect(error?.code == "command-failed" && error?.retryClass == .failure)
        #expect(error?.message.contains("exit status 1") == true)
        #expect(error?.message.hasSuffix("its last words: why") == true)
        #expect(!log.texts.contains("info: after"))
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
}
