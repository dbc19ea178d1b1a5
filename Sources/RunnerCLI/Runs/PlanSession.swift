internal import FoundationEssentials
internal import HTTP
internal import PipelineKit
internal import SystemPackage

/// Makes a plan in this process, and prints it. Its working folder is deleted afterwards.
struct PlanSession {
    let context: CommandContext
    let output: CommandOutput
    /// True if commands that only read are run in the plan too.
    var startsCommands = false

    /// Makes the plan and prints it.
    ///
    /// - Returns: `changes` if there are any.
    func show(_ pipeline: Pipeline, project: Project, state: StateFolder) async throws -> Exit {
        show(try await plan(pipeline, project: project, state: state), of: pipeline)
    }

    /// Prints a plan.
    ///
    /// - Parameter command: the one that would do what the plan says.
    /// - Returns: `changes` if there are any.
    func show(_ plan: Plan, of pipeline: Pipeline, command: String = "runner run") -> Exit {
        output.document(plan.document)
        output.text(
            PlanText(
                plan: plan, style: context.console.style, order: OutputOrder(pipeline),
                width: context.console.width(.output), isWhole: output.verbosity == .verbose, command: command
            ).lines)
        if let failure = plan.failure {
            context.console.report(failure)
            return .failed
        }
        return plan.hasChanges ? .changes : .success
    }

    func plan(_ pipeline: Pipeline, project: Project, state: StateFolder) async throws -> Plan {
        try state.prepare()
        let now = context.clock.date
        let id = RunIdentity.makeID(at: now, random: context.random)
        let folder = state.path.appending("plans").appending(id)
        let storage = try RunFolder.create(at: folder)
        defer { try? FileManager.default.removeItem(atPath: folder.string) }
        let transport = Transport(
            tls: TLSOptions(environment: context.environment), proxy: ProxyOptions(environment: context.environment))
        let lines = EventLines(style: context.console.style, verbosity: .quiet, pipeline: pipeline)
        let services = context.services(
            sinks: [ConsoleOutput(console: context.console, lines: lines, clock: context.clock)], transport: transport,
            state: state)
        let run = RunIdentity(id: id, startedAt: now, project: project, folder: folder.string)
        let secrets = SecretValues.available(
            pipeline.secrets, environment: context.environment, project: project)
        let result: Result<Plan, any Error>
        do {
            result = .success(
                try await Planner(services).plan(
                    pipeline, as: run, storage: storage, secrets: secrets, startsCommands: startsCommands))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        return try result.get()
    }
}
