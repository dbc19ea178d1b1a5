internal import FoundationEssentials
internal import Logging
internal import Synchronization

/// Going forward: the checks before the first step, and one step with the policy around it: its condition, then its
/// retries, each attempt with its time limit.
extension Execution {
    // MARK: - Before the first step

    /// Runs the checks of steps that are certain to run: one with an `if` may be skipped, and one that may fail is no
    /// reason to stop.
    ///
    /// - Returns: true if all checks pass; otherwise the failure is noted.
    func passesPreflight() async -> Bool {
        guard history.prepared.isEmpty, history.finished.isEmpty else { return true }
        for step in pipeline.steps where step.condition == .success && !step.continueOnError {
            guard missingSecret(of: step) == nil, let preflight = step.kind.bind(step.options, ProblemList())?.preflight
            else {
                continue
            }
            var attempts = 0
            do {
                try await attempt(step, .prepare, in: scope(), guarded: true, &attempts, preflight)
            } catch {
                noteFailure(of: step, error, attempts)
                await fail(at: step, with: error)
                return false
            }
        }
        return true
    }

    /// Notes the failure for `finally` and for display. The step itself has not begun, so the journal has no record of
    /// it.
    private func noteFailure(of step: PipelineStep, _ error: any Error, _ attempts: Int) {
        let report = StepReport(
            id: step.id, kind: step.kind.name, outcome: cause(of: error, guarded: true).stepOutcome,
            attempts: attempts, error: masker.mask(ErrorRecord(error).message))
        keep(report)
        events.emit(.stepFinished(report))
    }

    // MARK: - One step

    /// Does a step, unless an earlier process has done it or its `if` is false.
    ///
    /// - Parameter guarded: true if a cancellation reaches it.
    /// - Throws: `StepFailed`, after the failure has been recorded; an error of the journal, if it could not be
    ///   written.
    func perform(_ step: PipelineStep, guarded: Bool) async throws {
        if history.finished[step.id] != nil { return }
        let scope = try scope()
        if !guarded, let secret = missingSecret(of: step) {
            return try await skip(step, because: "its secret `\(secret)` is not available")
        }
        let holds: Bool
        do {
            holds = try step.condition.evaluate(in: scope)
        } catch {
            return try await finish(step, .failure(error), attempts: 0, .zero)
        }
        guard holds else { return try await skip(step, because: "its condition is false") }
        events.emit(.stepStarted(id: step.id, kind: step.kind.name))
        let began = services.clock.now
        var attempts = 0
        let result: Result<(StepOutcome, CompletedStep), any Error>
        do {
            result = .success(try await carryOut(step, in: scope, guarded: guarded, &attempts))
        } catch {
            result = .failure(error)
        }
        try await finish(step, result, attempts: attempts, began.duration(to: services.clock.now))
    }

    private func carryOut(
        _ step: PipelineStep, in scope: Scope, guarded: Bool, _ attempts: inout Int
    ) async throws -> (StepOutcome, CompletedStep) {
        let ready = try ready(step, in: scope)
        do {
            return try await carryOut(step, ready, in: scope, guarded: guarded, &attempts)
        } catch {
            throw postponed(step, ready, error, guarded: guarded) ?? error
        }
    }

    private func carryOut(
        _ step: PipelineStep, _ ready: BoundStep, in scope: Scope, guarded: Bool, _ attempts: inout Int
    ) async throws -> (StepOutcome, CompletedStep) {
        try await awaitLeases(of: ready.resources, for: step, guarded: guarded, &attempts)
        try await admit(ready.resources, for: step, guarded: guarded)
        let before: StateBefore
        if let earlier = history.prepared[step.id] {
            before = try self.before(in: earlier)
        } else if let prepare = ready.prepare {
            switch try await attempt(step, .prepare, in: scope, guarded: guarded, &attempts, prepare) {
            case .already(let completed): return (.already, completed)
            case .change(let state, let changes, _):
                events.emit(.stepPrepared(id: step.id, changes))
                try await recordPrepared(step, ready.effect, state)
                before = state
            }
        } else {
            before = .nothing
            events.emit(.stepPrepared(id: step.id, []))
            try await recordPrepared(step, ready.effect, before)
        }
        let completed = try await attempt(step, .run, in: scope, guarded: guarded, &attempts) { context in
            try await ready.run(before, context)
        }
        try Failpoint.effect.pass()
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

    /// Returns the failure of a `finally` step that a later process can do: what the run has changed stays as it is.
    private func leftOpen(_ step: PipelineStep, _ error: any Error) -> StepPostponed? {
        guard pipeline.finally.contains(where: { $0.id == step.id }), !step.continueOnError, outcome.isForward,
            hasSomethingToUndo
        else { return nil }
        return StepPostponed(cause: error, consequence: "the run counts as unfinished")
    }

    /// Takes the leases of what a step changes, and tries again as the step does. An attempt has no time limit: the wait
    /// for a lease has one of its own, `concurrency`.
    private func awaitLeases(
        of resources: [Resource], for step: PipelineStep, guarded: Bool, _ attempts: inout Int
    ) async throws {
        var retrying = retrying(step, .prepare)
        if guarded { retrying.clock = CancelledClock(clock: services.clock, cancellation: cancellation) }
        var number = 0
        do {
            try await retrying { attempt in
                number = attempt
                try await takeLeases(of: resources, for: step, guarded: guarded)
            }
        } catch {
            attempts = max(attempts, number)
            throw error
        }
    }

    /// Runs one part of a step with retries, each attempt with its own time limit.
    func attempt<Result: Sendable>(
        _ step: PipelineStep, _ part: Attempt.Part, in scope: Scope, guarded: Bool, _ attempts: inout Int,
        _ work: @escaping @Sendable (StepContext) async throws -> Result
    ) async throws -> Result {
        let context = try context(for: step, in: scope)
        let counter = AttemptCounter()
        defer { attempts = max(attempts, counter.value) }
        let retrying = retrying(step, part)
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

    /// The retries of one part of a step, each of which is told.
    func retrying(_ step: PipelineStep, _ part: Attempt.Part) -> Retrying {
        Retrying(policy: step.retry, clock: services.clock, random: services.random) {
            [events, limit = step.retry.attempts] number, error, delay in
            let attempt = Attempt(part: part, number: number, of: limit)
            events.emit(.attemptFailed(id: step.id, attempt, error: ErrorRecord(error), retryIn: delay))
        }
    }

    func ready(_ step: PipelineStep, in scope: Scope) throws -> BoundStep {
        if let secret = missingSecret(of: step) {
            throw SecretMissing(
                secret, "the run continued without it", help: "provide it as the file's `secrets` say, then continue")
        }
        return try BoundStep(
            step.kind, options: step.expandedOptions(in: scope), stepID: step.id, project: run.project
        ).asking(services.admit)
    }

    private func recordPrepared(_ step: PipelineStep, _ effect: Effect, _ before: StateBefore) async throws {
        try await record(.prepared(StepPrepared(step: step.id, effect: effect, before: before.json, in: storage)))
    }

    private func skip(_ step: PipelineStep, because reason: String) async throws {
        events.emit(.stepSkipped(id: step.id, reason: reason))
        let report = StepReport(id: step.id, kind: step.kind.name, outcome: .skipped, attempts: 0)
        try await record(report)
    }

    /// Records how a step ended.
    ///
    /// - Throws: `StepFailed` if it failed.
    private func finish(
        _ step: PipelineStep, _ result: Result<(StepOutcome, CompletedStep), any Error>, attempts: Int,
        _ duration: Duration
    ) async throws {
        var report = StepReport(
            id: step.id, kind: step.kind.name, outcome: .success, attempts: attempts, duration: duration)
        let result = result.mapError { $0 is StepPostponed ? $0 : leftOpen(step, $0) ?? $0 }
        switch result {
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
            keep(report)
            return events.emit(.stepFinished(report))
        case .failure(let error):
            let isFinal = pipeline.finally.contains { $0.id == step.id }
            report.outcome = cause(of: error, guarded: !isFinal).stepOutcome
            report.error = masker.mask(ErrorRecord(error).message)
            // An interrupted step stays open in the journal, unless the run continues without it.
            if isFinal || step.continueOnError && cancellation.cause == nil {
                try await record(report, error: ErrorRecord(error))
            } else {
                keep(report)
            }
        }
        events.emit(.stepFinished(report))
        if case .failure(let error) = result { throw StepFailed(cause: error) }
    }

    private func record(_ report: StepReport, error: ErrorRecord? = nil) async throws {
        if report.outcome != .skipped { try storage.syncStepFolder(report.id) }
        try await record(
            .finished(
                StepFinished(
                    step: report.id, outcome: report.outcome, outputs: report.outputs.isEmpty ? nil : report.outputs,
                    attempts: report.attempts, milliseconds: report.duration.inMilliseconds,
                    error: error.map(masker.mask), summary: report.summary)))
        keep(report)
    }
}

/// A step is not done, and can be done later.
private struct StepPostponed: Error {
    var cause: any Error
    var consequence: String
}

/// A clock whose sleeps a cancellation of the run ends.
private struct CancelledClock: RunClock {
    let clock: any RunClock
    let cancellation: Cancellation

    var now: ContinuousClock.Instant { clock.now }
    var date: Date { clock.date }

    func sleep(for duration: Duration) async throws {
        try await cancellation.guarding { [clock] in try await clock.sleep(for: duration) }
    }

    func limit(_ duration: Duration, _ expired: @escaping @Sendable () -> Void) -> TimeLimit {
        clock.limit(duration, expired)
    }
}

/// The number of the current attempt, shared by the tasks of a step.
private final class AttemptCounter: Sendable {
    private let number = Atomic(0)

    func set(_ value: Int) { number.store(value, ordering: .relaxed) }
    var value: Int { number.load(ordering: .relaxed) }
}
