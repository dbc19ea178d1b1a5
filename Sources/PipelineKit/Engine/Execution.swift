internal import FoundationEssentials
internal import Logging
internal import SystemPackage

/// One run in progress: what it knows so far, and the order in which things happen.
///
/// It belongs to the one task that runs it. The journal is the truth: `history` changes only by records that were
/// appended, so continuing in this process and continuing in another one are the same thing.
final class Execution {
    let pipeline: Pipeline
    let run: RunIdentity
    let journal: Journal
    let storage: any RunStorage
    let secrets: [String: String]
    let masker: SecretMasker
    let events: EventStream
    let services: RunServices
    let cancellation: Cancellation
    let began: ContinuousClock.Instant

    var history: RunHistory
    var leases: [Resource: any Lease] = [:]
    /// Resources for which `admit` has already been called.
    var asked: Set<Resource> = []
    /// The reports of steps, with secrets masked.
    var reports: [StepReport] = []
    /// What expressions see of the steps that have ended. It is kept beside `history`, so that a long run is not
    /// searched again for every step.
    var results: [String: Scope.StepResult] = [:]
    /// The part of the scope that no step changes.
    var baseScope: Scope?
    var failure: RunFailed?
    var finallyErrors: [StepReport] = []
    var left: [UnrestoredChange] = []

    init(
        pipeline: Pipeline, run: RunIdentity, journal: Journal, storage: any RunStorage, history: RunHistory?,
        secrets: [String: String], masker: SecretMasker, events: EventStream, services: RunServices,
        cancellation: Cancellation
    ) {
        self.pipeline = pipeline
        self.run = run
        self.journal = journal
        self.storage = storage
        self.history = history ?? RunHistory()
        self.secrets = secrets
        self.masker = masker
        self.events = events
        self.services = services
        self.cancellation = cancellation
        began = services.clock.now
        failure = self.history.failed
        results = self.history.finished.mapValues { Scope.StepResult($0) }
    }

    func perform(_ intent: Engine.Intent) async -> RunResult {
        announce()
        reportFinishedSteps()
        let timer = startTimer()
        let isResumed = history.started != nil
        do {
            if !isResumed { try await record(.started(startedRecord)) }
            try await takeLeases(of: pipeline.resources(in: run.project), guarded: true)
            try await admitAllSteps()
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
            if failure == nil { try await goForward() }
        } catch {
            await fail(at: nil, with: error)
        }
        timer?.cancel()
        if failure != nil { await goBack(intent) }
        await runFinally()
        return await end()
    }

    /// Appends a record to the journal, and then to `history`.
    func record(_ entry: JournalEntry) async throws {
        try await journal.append(entry)
        apply(entry)
    }

    private func apply(_ entry: JournalEntry) {
        history.apply(entry)
        if case .finished(let record) = entry { results[record.step] = Scope.StepResult(record) }
    }

    /// Records an entry without letting a failure stop a rollback: a full disk is no reason to leave visitors a broken
    /// site.
    func recordIfPossible(_ entry: JournalEntry) async {
        do {
            try await record(entry)
        } catch {
            apply(entry)
            events.emit(.log(id: nil, .warning, "the journal could not be written: \(ErrorRecord(error).message)"))
        }
    }

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
        return RunFailed(cause: cause(of: error, guarded: true), step: step?.id, error: masker.mask(record))
    }

    /// - Parameter guarded: true if a cancellation reaches what failed. Then any error may be its answer to the
    ///   cancellation.
    func cause(of error: any Error, guarded: Bool) -> RunFailed.Cause {
        if guarded, let cause = cancellation.cause { return RunFailed.Cause(cause) }
        return switch error {
        case is TimeLimitExceeded: .timeout
        case is LeaseHeld: .leaseHeld
        default: .failure
        }
    }

    var outcome: RunOutcome {
        switch failure?.cause {
        case nil: history.unfinished.isEmpty ? .success : .unfinished
        case .requested: .rolledBack
        case .failure, .leaseHeld: .failure
        case .timeout: .timeout
        case .interrupted, .terminated: .cancelled
        }
    }

    private func goForward() async throws {
        events.emit(.phaseStarted(.steps))
        // The request is noted only in the journal: `fail` reports it in this process, with the step that was stopped.
        cancellation.noteRequests { [journal] cause in
            try? await journal.note(RunFailed(cause: RunFailed.Cause(cause)))
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
                duration: began.duration(to: services.clock.now)))
    }

    /// The unfinished steps in the order of the file.
    private var unfinished: [StepUnfinished] {
        (pipeline.steps + pipeline.finally).compactMap { history.unfinished[$0.id] }
    }

    private func close(_ result: RunResult) async -> RunResult {
        for (_, lease) in leases.sorted(by: { $0.key.url < $1.key.url }) { await lease.release() }
        events.emit(.runEnded(result))
        return result
    }

    private func announce() {
        let steps = (pipeline.steps + pipeline.finally).map { (id: $0.id, kind: $0.kind.name) }
        events.emit(
            .runStarted(
                RunHeading(
                    runID: run.id, pipeline: pipeline.name, file: pipeline.path.string, folder: run.folder,
                    steps: steps,
                    isResumed: history.started != nil)))
    }

    private var startedRecord: RunStarted {
        RunStarted(
            runID: run.id, pipeline: pipeline.name, file: pipeline.path.string, digest: pipeline.digest,
            project: run.project.folder.string, inputs: pipeline.inputValues, secrets: pipeline.secrets.map(\.name),
            runnerVersion: services.runnerVersion)
    }

    /// Starts the timer of the pipeline's own `timeout`, which cancels the run as a signal does.
    private func startTimer() -> Task<Void, Never>? {
        pipeline.timeout.map { limit in
            Task { [clock = services.clock, cancellation] in
                guard (try? await clock.expire(after: limit)) != nil else { return }
                cancellation.request(.timeout)
            }
        }
    }
}

extension RunFailed.Cause {
    fileprivate init(_ cause: CancelCause) {
        self =
            switch cause {
            case .interrupted: .interrupted
            case .terminated: .terminated
            case .timeout: .timeout
            }
    }
}

/// A step that failed for good.
struct StepFailed: Error {
    var cause: any Error
}

/// A step got no answer, and can be done later.
struct StepPostponed: Error {
    var cause: any Error
    var consequence: String
}

extension Scope.StepResult {
    fileprivate init(_ record: StepFinished) {
        self.init(outcome: record.outcome, outputs: record.outputs ?? [:])
    }
}
