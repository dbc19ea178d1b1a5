internal import Logging

/// Finds out what a run would change, without changing it. Local steps really run, and commands that only read if that is
/// allowed; the others only look.
///
/// It takes no lease: the plan is true for the moment in which it looked.
public struct Planner: Sendable {
    private let services: RunServices

    public init(_ services: RunServices) {
        self.services = services
    }

    /// - Parameters:
    ///   - storage: for the folders of the local steps; the caller deletes it.
    ///   - secrets: the secrets' values by name. A step that needs one that is missing fails in the plan.
    ///   - startsCommands: true if commands that only read are run in the plan too.
    ///   - listsEveryChange: true if each `ChangeList` must have a record of all changes, in `storage`.
    public func plan(
        _ pipeline: Pipeline, as run: RunIdentity, storage: any RunStorage, secrets: [String: String],
        startsCommands: Bool = false, listsEveryChange: Bool = false
    ) async throws -> Plan {
        let masker = SecretMasker(secrets, of: pipeline, and: services.secrets)
        var planning = Planning(
            services: services, pipeline: pipeline, run: run, storage: storage, startsCommands: startsCommands,
            listsEveryChange: listsEveryChange, masker: masker,
            events: EventStream(sinks: services.sinks, clock: services.clock, masker: masker),
            scope: try pipeline.scope(runID: run.id, secrets: secrets, environment: services.environment))
        for doubt in pipeline.doubts(of: secrets) { planning.events.emit(.log(id: nil, .warning, doubt)) }
        let plan: Result<Plan, any Error>
        do {
            plan = .success(try await planning.plan())
        } catch {
            plan = .failure(error)
        }
        await services.background.end()
        return try plan.get()
    }
}

/// A plan that is being made.
private struct Planning {
    let services: RunServices
    let pipeline: Pipeline
    let run: RunIdentity
    let storage: any RunStorage
    let startsCommands: Bool
    let listsEveryChange: Bool
    let masker: SecretMasker
    let events: EventStream
    /// The scope, with the outputs that are known so far.
    var scope: Scope
    /// Resources for which `admit` has already been called.
    var asked: Set<Resource> = []
    /// Steps that would run, each with its outputs that are known before it runs.
    var pending: [String: Set<String>] = [:]
    /// What steps that were done, or need not be done, have to say, by id.
    var summaries: [String: String] = [:]

    mutating func plan() async throws -> Plan {
        var plan = Plan(pipeline: pipeline.name, runID: run.id, folder: run.folder, steps: [])
        for step in pipeline.steps {
            let verdict = try await verdict(on: step)
            plan.steps.append(
                PlannedStep(id: step.id, kind: step.kind.name, verdict: verdict, summary: summaries[step.id]))
            if case .fails = verdict { break }
        }
        return plan
    }

    private mutating func verdict(on step: PipelineStep) async throws -> PlannedStep.Verdict {
        let missing = step.paths.filter(isUnknown).map { $0[1] }
        if !missing.isEmpty {
            pending[step.id] = []
            return .unknown(after: Set(missing).sorted())
        }
        do {
            guard try step.condition.evaluate(in: scope) else {
                scope.steps[step.id] = Scope.StepResult(outcome: .skipped)
                return .skipped(reason: "its condition is false")
            }
            return try await look(at: step)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return .fails(masker.mask(ErrorRecord(error)))
        }
    }

    private mutating func look(at step: PipelineStep) async throws -> PlannedStep.Verdict {
        let ready = try BoundStep(
            step.kind, options: step.expandedOptions(in: scope), stepID: step.id, project: run.project)
        let runsHere = ready.effect == .local || ready.readsByCommand && startsCommands
        if ready.effect == .observing && !runsHere {
            pending[step.id] = []
            return ready.readsByCommand ? .mayRun : .looks
        }
        let context = try context(for: step)
        for resource in ready.resources where asked.insert(resource).inserted {
            do {
                try await services.admit(resource, context)
            } catch let error as NewerFormat {
                // A plan still looks, and shows what it understands.
                events.emit(.log(id: step.id, .warning, "a run would stop: \(error.message)"))
            } catch {
                // `prepare` reports whatever else is wrong.
                try Task.checkCancellation()
            }
        }
        let limited = TimeLimited(
            limit: step.timeout, clock: services.clock, subject: "step `\(step.id)` (\(step.kind.name))")
        switch try await limited({ try await ready.look(in: context) }) {
        case .already(let completed):
            know(step, .already, completed.outputs)
            summaries[step.id] = completed.summary.map(masker.mask)
            return .nothing(outputs: completed.outputs.mapValues(masker.mask))
        case .change(let before, _, _) where runsHere:
            let completed = try await limited { try await ready.run(before, context) }
            know(step, .success, completed.outputs)
            summaries[step.id] = completed.summary.map(masker.mask)
            return .ran(outputs: completed.outputs.mapValues(masker.mask))
        case .change(_, let changes, let plannedOutputs):
            know(step, .success, plannedOutputs)
            pending[step.id] = Set(plannedOutputs.keys)
            return .changes(changes.map(masker.mask))
        }
    }

    private mutating func know(_ step: PipelineStep, _ outcome: StepOutcome, _ outputs: [String: Value]) {
        scope.steps[step.id] = Scope.StepResult(outcome: outcome, outputs: outputs)
    }

    /// True for `steps.<id>.outputs.<name>` of a step that has not run, unless the output is known in advance.
    private func isUnknown(_ path: [String]) -> Bool {
        guard path.count == 4, path[0] == "steps", path[2] == "outputs", let known = pending[path[1]] else {
            return false
        }
        return !known.contains(path[3])
    }

    private func context(for step: PipelineStep) throws -> StepContext {
        let info = RunInfo(
            id: run.id, pipeline: pipeline.name, startedAt: run.startedAt, runnerVersion: services.runnerVersion)
        let storage = storage
        var context = StepContext(
            run: info, stepID: step.id, folder: storage.stepFolder(step.id), project: run.project,
            environment: services.environment, stepEnvironment: try step.expandedEnvironment(in: scope),
            clock: services.clock,
            logger: Logger(label: step.id) { [events] _ in EventLogHandler(stepID: step.id, events: events) },
            progress: Progress { [events] in events.emit(.progress(id: step.id, $0)) }, random: services.random,
            processes: services.processes, background: services.background)
        context.mask = { [masker] in masker.mask($0) }
        context.withheldVariables = pipeline.secretVariables
        context.noteSecret = { [general = services.secrets] in general.add([$0]) }
        context.isPlan = true
        context.listsEveryChange = listsEveryChange
        context.setters = step.setters
        services.equip(&context)
        return context
    }
}
