internal import FoundationEssentials
internal import HTTP
internal import Logging
internal import PipelineKit
internal import SystemPackage

/// Gives a command what a step has of the world, to look into stores or to write one record, outside of a run.
struct StoreVisit: Sendable {
    let context: CommandContext
    /// Where relative stores start.
    let project: Project
    let state: StateFolder

    /// - Parameter name: of the work, for the credentials' own records.
    func callAsFunction<Result: Sendable>(
        _ name: String, _ body: @Sendable (StepContext) async throws -> Result
    ) async throws -> Result {
        let transport = context.connect()
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(stepContext(name, transport)))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        return try result.get()
    }

    private func stepContext(_ name: String, _ transport: any ClosableClient) -> StepContext {
        let now = context.clock.date
        let services = context.services(sinks: [], transport: transport, state: state)
        let run = RunInfo(
            id: RunIdentity.makeID(at: now, random: context.random), pipeline: name, startedAt: now,
            runnerVersion: RunnerVersion.text)
        // Nothing that such a visit does needs the folder.
        var stepContext = StepContext(
            run: run, stepID: name, folder: state.path, project: project, environment: context.environment,
            clock: context.clock, logger: Logger(label: name) { _ in SwiftLogNoOpLogHandler() }, progress: .silent,
            random: context.random, processes: context.processes)
        stepContext.mask = { [secrets = context.secrets] in secrets.mask($0) }
        stepContext.noteSecret = { [secrets = context.secrets] in secrets.add([$0]) }
        services.equip(&stepContext)
        return stepContext
    }
}
