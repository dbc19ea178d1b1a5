internal import FoundationEssentials
internal import Logging
internal import SystemPackage

/// One run on its way: what it knows so far, and the order in which things happen.
///
/// It belongs to the one task that runs it. What is true is what the journal says: `history` changes only by records
/// that were appended, so going on in this process and going on in another one are the same thing.
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
    var reports: [StepReport] = []
    var failure: RunFailed?
    var finallyErrors: [StepReport] = []
    var left: [LeftInPlace] = []

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
    }

    func perform(_ intent: Engine.Intent) async -> RunResult {
        announce()
        reportFinishedSteps()
        let timer = startTimer()
        do {
            if history.started == nil { try await record(.started(startedRecord)) }
            try await takeLeases(of: resourcesOfAllSteps())
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

    /// Appends to the journal and to what is known, in this order.
    func record(_ entry: JournalEntry) async throws {
        try await journal.append(entry)
        history.apply(entry)
    }

    /// Records what must not keep a rollback from going on: a full disk is no reason to leave visitors a broken site.
    func recordIfPossible(_ entry: JournalEntry) async {
        do {
            try await record(entry)
        } catch {
            history.apply(entry)
            events.emit(.log(id: nil, .warning, "the journal could not be written: \(ErrorRecord(error).message)"))
        }
    }

    /// Notes why the run stops going forward.
    func fail(at step: PipelineStep?, with error: any Error) async {
        let failed = RunFailed(cause: cause(of: error), step: step?.id, error: masker.mask(ErrorRecord(error)))
        await recordIfPossible(.failed(failed))
        failure = failed
        events.emit(.runFailed(failed))
    }

    func cause(of error: any Error) -> RunFailed.Cause {
        switch error {
        case is CancellationError:
            switch cancellation.cause {
            case .interrupted: .interrupted
            case .terminated: .terminated
            case .timeout: .timeout
            case nil: .failure
            }
        case is TimeLimitExceeded: .timeout
        case is LeaseHeld: .leaseHeld
        default: .failure
        }
    }

    var outcome: RunOutcome {
        switch failure?.cause {
        case nil: .success
        case .requested: .rolledBack
        case .failure, .leaseHeld: .failure
        case .timeout: .timeout
        case .interrupted, .terminated: .cancelled
        }
    }

    private func goForward() async throws {
        events.emit(.phaseStarted(.steps))
        for step in pipeline.steps {
            try checkCancellation()
            do {
                try await perform(step, guarded: true)
            } catch let error as StepFailed {
                let isCancelled = error.cause is CancellationError && cancellation.cause != nil
                if step.continueOnError && !isCancelled { continue }
                await fail(at: step, with: error.cause)
                return
            }
        }
        try checkCancellation()
    }

    /// A step may have ended well although its cancel had been asked for; the run stops all the same.
    private func checkCancellation() throws {
        if cancellation.cause != nil { throw CancellationError() }
    }

    private func goBack(_ intent: Engine.Intent) async {
        if case .goOn = intent, pipeline.onFailure == .stop {
            leaveInPlace(because: "`on-failure: stop` leaves it as it is")
        } else {
            await rollBack()
        }
    }

    /// `finally` is not guarded: neither a cancel nor the run's own timeout reaches it.
    private func runFinally() async {
        guard !pipeline.finally.isEmpty else { return }
        events.emit(.phaseStarted(.finally))
        for step in pipeline.finally {
            do {
                try await perform(step, guarded: false)
            } catch {
                if step.continueOnError { continue }
                let report = reports.last { $0.id == step.id }
                let reason = ErrorRecord((error as? StepFailed)?.cause ?? error).message
                finallyErrors.append(
                    report ?? StepReport(id: step.id, kind: step.kind.kind.name, outcome: .failure, error: reason))
            }
        }
    }

    private func end() async -> RunResult {
        var outcome = outcome
        if !finallyErrors.isEmpty, outcome == .success {
            outcome = .failure
            leaveInPlace(because: "it had succeeded before a `finally` step failed")
        }
        let result = RunResult(
            runID: run.id, outcome: outcome, steps: reports, failure: failure, finallyErrors: finallyErrors, left: left,
            duration: began.duration(to: services.clock.now))
        await recordIfPossible(.ended(RunEnded(outcome: result.outcome, exitCode: result.exitCode.rawValue)))
        for lease in leases.values { await lease.release() }
        events.emit(.runEnded(result))
        return result
    }

    private func announce() {
        let steps = (pipeline.steps + pipeline.finally).map { (id: $0.id, kind: $0.kind.kind.name) }
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

    /// The pipeline's own `timeout` cancels as a signal does.
    private func startTimer() -> Task<Void, Never>? {
        pipeline.timeout.map { limit in
            Task { [clock = services.clock, cancellation] in
                guard (try? await clock.expire(after: limit)) != nil else { return }
                cancellation.request(.timeout)
            }
        }
    }
}

/// A step that failed for good.
struct StepFailed: Error {
    var cause: any Error
}
