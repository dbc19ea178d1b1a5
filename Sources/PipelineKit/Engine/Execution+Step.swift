internal import Logging

/// Going forward: one step with the policy around it, outermost first: condition, narrate, retry, timeout.
extension Execution {
    /// - Parameter guarded: true if a cancellation reaches it.
    /// - Throws: `StepFailed`, after the failure has been recorded; an error of the journal, if it could not be
    ///   written.
    func perform(_ step: PipelineStep, guarded: Bool) async throws {
        if history.finished[step.id] != nil { return }
        let scope = try scope()
        if !guarded, let secret = missingSecret(of: step) {
            return try await skip(step, because: "its secret `\(secret)` is not to be had")
        }
        try await Conditional(step: step, scope: scope, skipped: skip, failed: finish)() {
            try await Narrated(step: step, clock: services.clock, events: events, finished: finish)() { attempts in
                let ready = try ready(step, in: scope)
                do {
                    return try await perform(step, ready, in: scope, guarded: guarded, &attempts)
                } catch {
                    throw postponed(step, ready, error, guarded: guarded) ?? error
                }
            }
        }
    }

    private func perform(
        _ step: PipelineStep, _ ready: BoundStep, in scope: Scope, guarded: Bool, _ attempts: inout Int
    ) async throws -> (StepOutcome, CompletedStep) {
        try await takeLeases(of: ready.resources, guarded: guarded)
        try await admit(ready.resources, for: step, guarded: guarded)
        let before: StateBefore
        if let earlier = history.prepared[step.id] {
            before = try self.before(in: earlier)
        } else if let prepare = ready.prepare {
            switch try await attempt(step, .prepare, in: scope, guarded: guarded, &attempts, prepare) {
            case .already(let completed): return (.already, completed)
            case .change(let state, let changes, _):
                events.emit(.stepPrepared(id: step.id, changes))
                try await recordPrepared(step, state)
                before = state
            }
        } else {
            before = .nothing
            events.emit(.stepPrepared(id: step.id, []))
            try await recordPrepared(step, before)
        }
        let completed = try await attempt(step, .run, in: scope, guarded: guarded, &attempts) { context in
            try await ready.run(before, context)
        }
        return (.success, completed)
    }

    /// Returns the failure of a step that a later process can do, or nil if the run must not continue without it.
    private func postponed(
        _ step: PipelineStep, _ ready: BoundStep, _ error: any Error, guarded: Bool
    ) -> StepPostponed? {
        guard let consequence = ready.ifUnfinished, !step.insists, !step.continueOnError,
            !guarded || cancellation.cause == nil
        else { return nil }
        let hasNoAnswer =
            switch (error as? any DescribedError)?.retryClass {
            case .network, .throttle, .timeout: true
            case .conflict, .failure, nil: false
            }
        // If the step was unfinished before, its release is live since then: a resumed run does not roll it back for
        // this, whatever the reason.
        guard hasNoAnswer || history.unfinished[step.id] != nil else { return nil }
        return StepPostponed(cause: error, consequence: consequence)
    }

    /// Runs one part of a step with retries, each attempt with its own time limit.
    func attempt<Result: Sendable>(
        _ step: PipelineStep, _ part: Attempt.Part, in scope: Scope, guarded: Bool, _ attempts: inout Int,
        _ work: @escaping @Sendable (StepContext) async throws -> Result
    ) async throws -> Result {
        let context = try context(for: step, in: scope)
        let counter = AttemptCounter()
        defer { attempts = max(attempts, counter.value) }
        let retrying = Retrying(policy: step.retry, clock: services.clock, random: services.random) {
            [events, limit = step.retry.attempts] number, error, delay in
            let attempt = Attempt(part: part, number: number, of: limit)
            events.emit(.attemptFailed(id: step.id, attempt, error: ErrorRecord(error), retryIn: delay))
        }
        let limited = TimeLimited(
            limit: step.timeout, clock: services.clock, subject: "step `\(step.id)` (\(step.kind.name))")
        let whole = { @Sendable in
            try await retrying { number in
                counter.set(number)
                var context = context
                context.attempt = number
                return try await limited { [context] in try await work(context) }
            }
        }
        return guarded ? try await cancellation.guarding(whole) : try await whole()
    }

    func ready(_ step: PipelineStep, in scope: Scope) throws -> BoundStep {
        if let secret = missingSecret(of: step) {
            throw SecretMissing(
                secret, "the run went on without it", help: "make it available as the file's `secrets` say, and go on")
        }
        return try BoundStep(
            step.kind, options: step.expandedOptions(in: scope), stepID: step.id, project: run.project
        ).asking(services.admit)
    }

    /// Returns what expressions see now.
    func scope() throws -> Scope {
        var scope = try baseScope ?? pipeline.scope(runID: run.id, secrets: secrets, environment: services.environment)
        baseScope = scope
        scope.steps = results
        scope.status = outcome
        return scope
    }

    func context(for step: PipelineStep, in scope: Scope) throws -> StepContext {
        let info = RunInfo(
            id: run.id, pipeline: pipeline.name, startedAt: run.startedAt, runnerVersion: services.runnerVersion,
            outcome: outcome, steps: reports)
        let progress = Progress { [events] in events.emit(.progress(id: step.id, $0)) }
        let storage = storage
        var context = StepContext(
            run: info, stepID: step.id, folder: storage.stepFolder(step.id), project: run.project,
            environment: services.environment, stepEnvironment: try step.expandedEnvironment(in: scope),
            clock: services.clock,
            logger: Logger(label: step.id) { [events] _ in EventLogHandler(stepID: step.id, events: events) },
            progress: progress, random: services.random, processes: services.processes, leases: Leases(leases))
        context.mask = { [masker] in masker.mask($0) }
        services.equip(&context)
        return context
    }

    private func recordPrepared(_ step: PipelineStep, _ before: StateBefore) async throws {
        try await record(
            .prepared(StepPrepared(step: step.id, effect: step.kind.effect, before: before.json, in: storage)))
    }

    private func skip(_ step: PipelineStep, because reason: String) async throws {
        events.emit(.stepSkipped(id: step.id, reason: reason))
        let report = StepReport(id: step.id, kind: step.kind.name, outcome: .skipped, attempts: 0)
        try await record(report)
    }

    /// Records how a step ended.
    ///
    /// - Throws: `StepFailed` if it failed.
    private func finish(_ step: PipelineStep, _ narrative: Narrative) async throws {
        var report = StepReport(
            id: step.id, kind: step.kind.name, outcome: .success, attempts: narrative.attempts,
            duration: narrative.duration)
        switch narrative.result {
        case .success(let (outcome, completed)):
            report.outcome = outcome
            report.outputs = withoutSecrets(completed.outputs, of: step)
            report.summary = completed.summary.map(masker.mask)
            try await record(report)
        case .failure(let error as StepPostponed):
            let record = masker.mask(ErrorRecord(error.cause))
            report.outcome = .unfinished
            report.error = record.message
            try await self.record(
                .unfinished(
                    StepUnfinished(
                        step: step.id, error: record, consequence: error.consequence, attempts: report.attempts,
                        milliseconds: report.duration.inMilliseconds)))
            reports.append(report)
            results[step.id] = Scope.StepResult(outcome: .unfinished)
            return events.emit(.stepFinished(report))
        case .failure(let error):
            let isFinal = pipeline.finally.contains { $0.id == step.id }
            report.outcome = cause(of: error, guarded: !isFinal).stepOutcome
            report.error = masker.mask(ErrorRecord(error).message)
            // An interrupted step stays open in the journal, unless the run continues without it.
            if isFinal || step.continueOnError && cancellation.cause == nil {
                try await record(report, error: ErrorRecord(error))
            } else {
                reports.append(report)
                results[step.id] = Scope.StepResult(outcome: report.outcome)
            }
        }
        events.emit(.stepFinished(report))
        if case .failure(let error) = narrative.result { throw StepFailed(cause: error) }
    }

    private func record(_ report: StepReport, error: ErrorRecord? = nil) async throws {
        if report.outcome != .skipped { try storage.syncStepFolder(report.id) }
        try await record(
            .finished(
                StepFinished(
                    step: report.id, outcome: report.outcome, outputs: report.outputs.isEmpty ? nil : report.outputs,
                    attempts: report.attempts, milliseconds: report.duration.inMilliseconds,
                    error: error.map(masker.mask), summary: report.summary)))
        reports.append(report)
    }
}
