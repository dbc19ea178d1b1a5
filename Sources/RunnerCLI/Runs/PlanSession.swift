internal import FoundationEssentials
internal import Glibc
internal import HTTP
internal import PipelineKit
internal import SystemPackage

/// Makes a plan in this process, and prints it. Its working folder is deleted afterwards.
struct PlanSession {
    let context: CommandContext
    let output: CommandOutput
    /// True if commands that only read are run in the plan too.
    var startsCommands = false
    /// How the command sets options of the steps, by their names.
    var setters: [String: String] = [:]

    /// Makes the plan and prints it.
    ///
    /// - Parameters:
    ///   - command: the one that would do what the plan says.
    ///   - then: called with the plan, once it is printed.
    /// - Returns: `changes` if there are any.
    func show(
        _ pipeline: Pipeline, project: Project, state: StateFolder, command: String = "\(ProgramName.current) run",
        then: (Plan) -> Void = { _ in }
    ) async throws -> Exit {
        try await withPlan(of: pipeline, project: project, state: state) { plan in
            let exit = try show(plan, of: pipeline, command)
            if plan.failure == nil { then(plan) }
            return exit
        }
    }

    private func show(_ plan: Plan, of pipeline: Pipeline, _ command: String) throws -> Exit {
        output.document(plan.document)
        let text = PlanText(
            plan: plan, style: context.console.style, order: OutputOrder(pipeline),
            width: context.console.window(.output), isWhole: output.tellsEverything, command: command,
            overlap: PlanText.Overlap(pipeline))
        try output.text { try text.write($0) }
        if var failure = plan.failure {
            // The step's row has told the reason.
            if output.format.isForPeople, let step = plan.steps.last {
                failure.message = "a run would fail at step `\(step.id)`"
            }
            context.console.report(failure)
            return .failed
        }
        return plan.hasChanges ? .changes : .success
    }

    /// - Parameter use: gets the plan while its folder is there.
    private func withPlan(
        of pipeline: Pipeline, project: Project, state: StateFolder, _ use: (Plan) throws -> Exit
    ) async throws -> Exit {
        let now = context.clock.date
        let id = RunIdentity.makeID(at: now, random: context.random)
        let folder = try workingFolder(in: state, id)
        let storage = try RunFolder.create(at: folder)
        defer { try? FileManager.default.removeItem(atPath: folder.string) }
        let transport = context.connect()
        // What a step has to say about what it found belongs to the plan.
        let verbosity = min(output.verbosity, .normal)
        let lines = EventLines(style: context.console.style, verbosity: verbosity, pipeline: pipeline)
        var services = context.services(
            sinks: [ConsoleOutput(console: context.console, lines: lines, clock: context.clock, isPlan: true)],
            transport: transport,
            state: state)
        services.add(setters: setters)
        let run = RunIdentity(id: id, startedAt: now, project: project, folder: folder.string)
        let secrets = SecretValues.available(
            pipeline.secrets, environment: context.environment, project: project)
        let result: Result<Plan, any Error>
        do {
            result = .success(
                try await Planner(services).plan(
                    pipeline, as: run, storage: storage, secrets: secrets, startsCommands: startsCommands,
                    listsEveryChange: output.tellsEverything))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        return try use(result.get())
    }

    /// Among the runs, if there are any: what local steps make can be large. Else among the temporary files: a plan makes
    /// no folder that stays.
    private func workingFolder(in state: StateFolder, _ id: String) throws -> FilePath {
        if try FileStatus.isFolder(state.runs), access(state.path.string, W_OK) == 0 {
            return state.path.appending("plans").appending(id)
        }
        let named = context.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 }
        let folder = context.path(named ?? "/tmp").appending("runner-plan-" + id)
        // Everybody may write there, so a folder that is there already may be somebody else's.
        guard mkdir(folder.string, 0o700) == 0 else {
            let error = FileError.last("make the folder", folder)
            throw StepError(
                error.code, error.message,
                help: "set TMPDIR to a folder that you may write to" + (named == nil ? "; it is not set" : ""))
        }
        return folder
    }
}
