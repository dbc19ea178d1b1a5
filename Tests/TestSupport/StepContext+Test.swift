public import Logging
public import PipelineKit
public import SystemPackage

extension StepContext {
    /// A context whose every effect is a fake, unless another is named.
    public static func test(
        folder: FilePath = "/nowhere/step", project: FilePath = "/nowhere/project", runID: String = "run-1",
        stepID: String = "step-1", environment: [String: String] = [:], stepEnvironment: [String: String] = [:],
        clock: any RunClock = TestClock(), logger: Logger? = nil, progress: Progress = .silent,
        random: RandomSource = RandomSource { 0.5 }, processes: any ProcessRunner = NoProcesses(),
        leases: Leases = .none
    ) -> StepContext {
        StepContext(
            run: RunInfo(id: runID, pipeline: "test", startedAt: clock.date, runnerVersion: "0.0.0-test"),
            stepID: stepID, folder: folder, project: Project(folder: project), environment: environment,
            stepEnvironment: stepEnvironment, clock: clock,
            logger: logger ?? Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, progress: progress,
            random: random, processes: processes, leases: leases)
    }
}

/// Refuses every command: a unit test that starts a process fails.
public struct NoProcesses: ProcessRunner {
    public init() {}

    public func run(
        _ command: Command, output: @escaping @Sendable (OutputLine) -> Void
    ) async throws -> ExitStatus {
        throw ProcessError(.cannotStart, "a unit test started \(command.executable)", help: nil)
    }
}
