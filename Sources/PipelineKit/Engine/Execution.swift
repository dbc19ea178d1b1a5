internal import FoundationEssentials
internal import Logging
internal import SystemPackage

/// One run in progress: what it knows so far, and the order in which things happen.
///
/// It belongs to the one task that runs it. The journal is the truth: `journaled` changes only by records, so continuing
/// in this process and continuing in another one are the same thing. The other files of `Execution` see what this one
/// keeps, and change it only by its functions. It is long for that reason: what may change a run's state is in one file, where the state
/// is private.
final class Execution {
    let pipeline: Pipeline
    let run: RunIdentity
    let storage: any RunStorage
    let secrets: [String: String]
    let masker: SecretMasker
    let events: EventStream
    let services: RunServices
    let cancellation: Cancellation
    /// True if the run's machine and its files are gone.
    let isElsewhere: Bool
    /// The nonces of the leases that an earlier process of the run has held, by URL.
    let earlierLeases: [String: String]
    let access: ResourceAccess
    private let began: ContinuousClock.Instant

    private var journaled: JournaledHistory
    /// The reports of steps, with secrets masked.
    private var reports: [StepReport] = []
    /// What expressions see of the steps in `reports`. It is kept beside them, so that a long run is not searched again
    /// for every step.
    private var results: [String: Scope.StepResult] = [:]
    /// The part of the scope that no step changes.
    private var baseScope: Scope?
    private var failure: RunFailed?
    private let isFailureEarlier: Bool
    private var finallyErrors: [StepReport] = []
    private var left: [UnrestoredChange] = []

    init(
        pipeline: Pipeline, run: RunIdentity, journal: Journal, storage: any RunStorage, history: RunHistory?,
        isElsewhere: Bool = false, secrets: [String: String], masker: SecretMasker, events: EventStream,
        services: RunServices, cancellation: Cancellation
    ) {
        self.isElsewhere = isElsewhere
        self.pipeline = pipeline
        self.run = run
        self.storage = storage
        self.secrets = secrets
        self.masker = masker
        self.events = events
        self.services = services
        self.cancellation = cancellation
        began = services.clock.now
        journaled = JournaledHistory(journal, history ?? RunHistory())
        earlierLeases = history?.leases ?? [:]
        access = ResourceAccess(
            pipeline, runID: run.id, services: services, events: events, cancellation: cancellation,
            mask: { masker.mask($0) })
        failure = journaled.history.failed
        // A process that was killed has not told why.
        isFailureEarlier = failure != nil && journaled.history.ended != nil
    }

    /// What the journal says.
    var history: RunHistory { journaled.history }

    // MARK: - The order of a run

    func perform(_ intent: Engine.Intent, _ leftPrograms: LeftProgramsPolicy) async -> RunResult {
        announce()
        reportFinishedSteps()
        let timer = startTimer()
        let isResumed = history.started != nil
        do {
            if !isResumed { try await record(.started(startedRecord)) }
            try await takeLeasesOfAllSteps()
            if isResumed {
                try await settle(leftPrograms)
            } else if !access.leases.resources.isEmpty {
                try await services.settle(access.leases)
            }
            try await admitAllSteps()
            if isElsewhere { try await checkTargets() }
        } catch let error where isResumed || history.started == nil {
            timer?.cancel()
            return await abortUntouched(error)
        } catch {
            await fail(at: nil, with: error)
        }
        do {
            if case .rollBack = intent, failure == nil {
                try await record(.failed(RunFailed(cause: .requested)))
                failure = history.failed
            }
            if failure == nil, let reason = reasonToGoBackElsewhere() { await fail(at: nil, with: reason) }
            if failure == nil { try await goForward() }
        } catch {
            await fail(at: nil, with: error)
        }
        timer?.cancel()
        if await !isTaken, failure != nil { await goBack(intent) }
        if await isTaken { return await standAside() }
        await runFinally()
        if failure == nil { await conclude() }
        await endBackground()
        return await end()
    }

    /// Ends this process's part in a run that another one has continued: it changes nothing more.
    private func standAside() async -> RunResult {
        if left.isEmpty { leaveInPlace(because: "another process continues the run") }
        await endBackground()
        var result = result(outcome)
        result.stoodAside = true
        return await close(result)
    }

    // MARK: - What happened

    /// True if another process has continued the run.
    var isTaken: Bool { get async { await journaled.isTaken } }

    /// Appends a record to the journal, and then to `history`.
    func record(_ entry: JournalEntry) async throws {
        try await journaled.record(entry)
    }

    /// Records an entry without letting a failure stop a rollback: a full disk is no reason to leave visitors a broken
    /// site.
    func recordIfPossible(_ entry: JournalEntry) async {
        do {
            try await record(entry)
        } catch {
            events.emit(.log(id: nil, .warning, "the journal could not be written: \(ErrorRecord(error).message)"))
        }
    }

    /// Keeps how a step ended, for later steps and for the run's result.
    func keep(_ report: StepReport) {
        reports.append(report)
        results[report.id] = Scope.StepResult(outcome: report.outcome, outputs: report.outputs)
    }

    /// Keeps that a step is rolled back.
    func keepRollback(of step: PipelineStep) {
        if let index = reports.firstIndex(where: { $0.id == step.id }) { reports[index].rolledBack = true }
    }

    /// Keeps that a step's change stays in place.
    func leave(_ step: PipelineStep, because reason: String, isFinal: Bool = false) {
        left.append(UnrestoredChange(step: step.id, kind: step.kind.name, reason: reason, isFinal: isFinal))
    }

    // MARK: - What steps need

    /// Returns what expressions see now.
    func scope() throws -> Scope {
        var scope = try baseScope ?? pipeline.scope(runID: run.id, secrets: secrets, environment: services.environment)
        baseScope = scope
        scope.steps = results
        scope.status = outcome
        return scope
    }

    /// - Parameter lock: the one that its programs get.
    func context(for step: PipelineStep, in scope: Scope, lock: StepLock = .run) throws -> StepContext {
        let info = RunInfo(
            id: run.id, pipeline: pipeline.name, startedAt: run.startedAt, runnerVersion: services.runnerVersion,
            outcome: outcome, steps: reports)
        let progress = Progress { [events] in events.emit(.progress(id: step.id, $0)) }
        let storage = storage
        let processes = StepProcesses(processes: services.processes) {
            _ = storage.stepFolder(step.id)
            return storage.lockPath(of: lock, step.id)
        }
        var context = StepContext(
            run: info, stepID: step.id, folder: storage.stepFolder(step.id), project: run.project,
            environment: services.environment, stepEnvironment: try step.expandedEnvironment(in: scope),
            clock: services.clock,
            logger: Logger(label: step.id) { [events] _ in EventLogHandler(stepID: step.id, events: events) },
            progress: progress, random: services.random, processes: processes,
            background: services.background, leases: access.leases)
        context.mask = { [masker] in masker.mask($0) }
        context.shielded = services.shielded
        context.withheldVariables = pipeline.secretVariables
        context.noteSecret = { [general = services.secrets] in general.add([$0]) }
        context.setters = step.setters
        services.equip(&context)
        return context
    }

    // MARK: - Failures

    /// Notes why the run stops going forward.
    func fail(at step: PipelineStep?, with error: any Error) async {
        let failed = failed(at: step, with: error)
        await recordIfPossible(.failed(failed))
        failure = failed
        events.emit(.runFailed(failed))
    }

    private func failed(at step: PipelineStep?, with error: any Error) -> RunFailed {
        var record = ErrorRecord(error)
        if error is CancellationError, cancellation.cause == .timeout, let limit = pipeline.timeout {
            record = ErrorRecord(TimeLimitExceeded(subject: "the run", limit: limit))
        }
        let report = step.flatMap { step in reports.last { $0.id == step.id } }
        return RunFailed(
            cause: cause(of: error, guarded: true), step: step?.id, error: masker.mask(record),
            attempts: report?.attempts, milliseconds: report?.duration.inMilliseconds)
    }

    /// - Parameter guarded: true if a cancellation reaches what failed. Then any error may be its answer to the
    ///   cancellation.
    func cause(of error: any Error, guarded: Bool) -> RunFailed.Cause {
        if guarded, let cause = cancellation.cause { return RunFailed.Cause(cause) }
        return switch error {
        case is TimeLimitExceeded: .timeout
        // In each case somebody else is at work on what the run would change.
        case is LeaseHeld, is ProgramsAtWork, is JournalTaken: .leaseHeld
        default: .failure
        }
    }

    var outcome: RunOutcome {
        switch failure?.cause {
        case nil: history.unfinished.isEmpty ? .success : .unfinished
        case .requested: .rolledBack
        case .failure, .leaseHeld: .failure
        case .timeout: .timeout
        case .interrupted, .terminated, .hungUp, .quit: .cancelled
        }
    }

    // MARK: - Forward, back and the end

    /// Waits for the programs that a killed process has left at work on what this one would do, or ends them. What steps
    /// that were finished have left in the background is not waited for: later steps may use it.
    private func settle(_ policy: LeftProgramsPolicy) async throws {
        let left = LeftPrograms(services: services, events: events, policy: policy)
        let storage = storage
        for step in allSteps where history.finished[step.id] == nil {
            try await cancellation.guarding { try await left.settle(step, lock: .run, in: storage) }
        }
        guard history.failed != nil else { return }
        for step in pipeline.steps where !history.rolledBack.contains(step.id) {
            try await cancellation.guarding { try await left.settle(step, lock: .rollback, in: storage) }
        }
    }

    private func goForward() async throws {
        events.emit(.phaseStarted(.steps))
        // The request is noted only in the journal: `fail` reports it in this process, with the step that was stopped.
        cancellation.noteRequests { [journaled] cause in
            await journaled.note(RunFailed(cause: RunFailed.Cause(cause)))
        }
        defer { cancellation.noteRequests(nil) }
        guard await passesPreflight() else { return }
        for step in pipeline.steps {
            try checkCancellation()
            do {
                try await perform(step, guarded: true)
            } catch let error as StepFailed {
                if step.continueOnError && cancellation.cause == nil { continue }
                await fail(at: step, with: error.cause)
                return
            }
            if pipeline.onFailure != .stop { offerRestore(of: step) }
        }
        if cancellation.close() != nil { throw CancellationError() }
    }

    /// Stops the run after a cancellation, even if the step that was cancelled has succeeded.
    private func checkCancellation() throws {
        if cancellation.cause != nil { throw CancellationError() }
    }

    private func goBack(_ intent: Engine.Intent) async {
        if case .forward = intent, pipeline.onFailure == .stop {
            leaveInPlace(because: "`on-failure: stop` leaves it as it is")
        } else {
            await rollBack()
        }
    }

    /// Runs `finally`. It is not guarded: neither a cancellation nor the run's own timeout reaches it.
    private func runFinally() async {
        if isElsewhere {
            let open = pipeline.finally.filter { history.finished[$0.id] == nil }.map { "`\($0.id)`" }
            if !open.isEmpty {
                events.emit(
                    .log(id: nil, .notice, "`finally` is not done on another machine: \(open.joined(separator: ", "))"))
            }
            return
        }
        if pipeline.finally.contains(where: { history.finished[$0.id] == nil }) {
            events.emit(.phaseStarted(.finally))
        }
        for step in pipeline.finally {
            if let record = history.finished[step.id] {
                if record.error != nil, !step.continueOnError { finallyErrors += reports.filter { $0.id == step.id } }
                continue
            }
            do {
                try await perform(step, guarded: false)
            } catch {
                if step.continueOnError { continue }
                let report = reports.last { $0.id == step.id }
                let reason = ErrorRecord((error as? StepFailed)?.cause ?? error).message
                finallyErrors.append(
                    report ?? StepReport(id: step.id, kind: step.kind.name, outcome: .failure, error: reason))
            }
        }
    }

    /// Lets steps note that the run has gone forward to its end. What visitors have does not depend on it.
    private func conclude() async {
        for step in pipeline.steps {
            guard let record = history.prepared[step.id], record.effect == .reversible,
                history.finished[step.id]?.outcome == .success
            else { continue }
            do {
                let scope = try scope()
                guard let conclude = try ready(step, in: scope).conclude else { continue }
                let (before, context) = (try before(in: record), try context(for: step, in: scope))
                let retrying = Retrying(policy: step.retry, clock: services.clock, random: services.random) { _, _, _ in
                }
                let limit = min(step.timeout, .seconds(60))
                let subject = "noting the end of the run"
                try await TimeLimited(limit: limit, clock: services.clock, subject: subject) {
                    try await retrying { _ in try await conclude(before, context) }
                }
            } catch {
                let reason = masker.mask(ErrorRecord(error)).message
                let text = "step `\(step.id)` could not note that the run has come to its end: \(reason)"
                events.emit(.log(id: nil, .warning, text))
            }
        }
    }

    /// Ends what the steps have left running in the background. Only now: a rollback or a `finally` step may need it.
    private func endBackground() async {
        for id in services.background.owners {
            events.emit(.log(id: id, .info, "the run is over: stopping what the step left running"))
        }
        await services.background.end()
    }

    private func end() async -> RunResult {
        var outcome = outcome
        if !finallyErrors.isEmpty, outcome.isForward {
            outcome = .failure
            leaveInPlace(because: "it had succeeded before a `finally` step failed")
        }
        let result = result(outcome)
        await recordIfPossible(.ended(RunEnded(outcome: result.outcome, exitCode: result.exitCode.rawValue)))
        return await close(result)
    }

    /// Ends this process's part in the run and leaves the journal as it was. A run that an earlier process began can go
    /// neither forward nor back without its leases, or with a runner that is too old. If no record can be written,
    /// nothing has begun.
    private func abortUntouched(_ error: any Error) async -> RunResult {
        let failed = failed(at: nil, with: error)
        failure = failed
        events.emit(.runFailed(failed))
        if failed.cause == .failure {
            let isNewer = error is NewerFormat
            leaveInPlace(because: isNewer ? "a newer runner must undo it" : "the lease could not be taken")
        }
        var result = result(outcome)
        result.stoodAside = true
        return await close(result)
    }

    private func result(_ outcome: RunOutcome) -> RunResult {
        masker.mask(
            RunResult(
                runID: run.id, outcome: outcome, steps: reports, failure: failure, finallyErrors: finallyErrors,
                left: left, unfinished: failure == nil ? unfinished : [],
                duration: began.duration(to: services.clock.now), isFailureEarlier: isFailureEarlier))
    }

    /// The unfinished steps in the order of the file.
    private var unfinished: [StepUnfinished] {
        (pipeline.steps + pipeline.finally).compactMap { history.unfinished[$0.id] }
    }

    private func close(_ result: RunResult) async -> RunResult {
        await services.beforeEnd(result)
        await access.releaseLeases()
        events.emit(.runEnded(result))
        return result
    }

    var allSteps: [PipelineStep] { pipeline.steps + pipeline.finally }
}

extension RunFailed.Cause {
    fileprivate init(_ cause: CancelCause) {
        self =
            switch cause {
            case .interrupted: .interrupted
            case .terminated: .terminated
            case .hungUp: .hungUp
            case .quit: .quit
            case .timeout: .timeout
            }
    }
}

/// A step that failed for good.
struct StepFailed: Error {
    var cause: any Error
}
