internal import Logging

/// Finds out what a run would change without changing it: local steps really run, the others only look.
///
/// It takes no lease: what it tells is true of the moment in which it looked.
public struct Planner: Sendable {
    private let services: RunServices

    public init(_ services: RunServices) {
        self.services = services
    }

    /// - Parameters:
    ///   - storage: for the folders of the local steps; the caller deletes it.
    ///   - secrets: values by name; a step that needs one that is not there fails in the plan.
    public func plan(
        _ pipeline: Pipeline, as run: RunIdentity, storage: any RunStorage, secrets: [String: String]
    ) async throws -> Plan {
        let masker = SecretMasker(secrets.values)
        var planning = Planning(
            services: services, pipeline: pipeline, run: run, storage: storage, masker: masker,
            events: EventStream(sinks: services.sinks, clock: services.clock, masker: masker),
            scope: try pipeline.scope(runID: run.id, secrets: secrets, environment: services.environment))
        var plan = Plan(pipeline: pipeline.name, steps: [])
        for step in pipeline.steps {
            let verdict = try await planning.verdict(on: step)
            plan.steps.append(PlannedStep(id: step.id, kind: step.kind.kind.name, verdict: verdict))
            if case .fails = verdict { break }
        }
        return plan
    }
}

/// One plan in the making.
private struct Planning {
    let services: RunServices
    let pipeline: Pipeline
    let run: RunIdentity
    let storage: any RunStorage
    let masker: SecretMasker
    let events: EventStream
    /// Holds the outputs that are known so far.
    var scope: Scope
    /// Resources that it was asked about whether this runner may change them.
    var asked: Set<Resource> = []
    /// Steps that would run, with the outputs of theirs that are known before they do.
    var pending: [String: Set<String>] = [:]

    mutating func verdict(on step: PipelineStep) async throws -> PlannedStep.Verdict {
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
        if ready.effect == .observing {
            pending[step.id] = []
            return .looks
        }
        let context = try context(for: step)
        for resource in ready.resources where asked.insert(resource).inserted {
            do {
                try await services.admit(resource, context)
            } catch let error as NewerFormat {
                // A plan still looks, and shows what it understands.
                events.emit(.log(id: step.id, .warning, "a run would stop: \(error.message)"))
            } catch {
                // Whatever else is wrong, `prepare` tells.
                try Task.checkCancellation()
            }
        }
        let limited = TimeLimited(
            limit: step.timeout, clock: services.clock, subject: "step `\(step.id)` (\(step.kind.kind.name))")
        switch try await limited({ try await ready.prepare(context) }) {
        case .already(let outputs):
            know(step, .already, outputs)
            return .nothing(outputs: outputs.mapValues(masker.mask))
        case .change(let before, _, _) where ready.effect == .local:
            let outputs = try await limited { try await ready.run(before, context) }
            know(step, .success, outputs)
            return .ran(outputs: outputs.mapValues(masker.mask))
        case .change(_, let changes, let plannedOutputs):
            know(step, .success, plannedOutputs)
            pending[step.id] = Set(plannedOutputs.keys)
            return .changes(
                changes.map {
                    Change($0.verb, masker.mask($0.subject), detail: masker.mask($0.detail), bytes: $0.bytes)
                })
        }
    }

    private mutating func know(_ step: PipelineStep, _ outcome: StepOutcome, _ outputs: [String: Value]) {
        scope.steps[step.id] = Scope.StepResult(outcome: outcome, outputs: outputs)
    }

    /// `steps.<id>.outputs.<name>` of a step that has not run, unless it could tell.
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
            processes: services.processes)
        context.mask = { [masker] in masker.mask($0) }
        services.equip(&context)
        return context
    }
}
