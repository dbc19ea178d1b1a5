extension SecretMasker {
    /// Returns the event as it may leave the process. Every text that a step, a child or a server can have put into it
    /// is first made harmless to show and then masked. The order matters: a control character must not hide a secret
    /// from its mask.
    func mask(_ event: RunEvent) -> RunEvent {
        switch event {
        case .stepPrepared(let id, let changes): .stepPrepared(id: id, changes.map(plain))
        case .attemptFailed(let id, let attempt, let error, let delay):
            .attemptFailed(id: id, attempt, error: plain(error), retryIn: delay)
        case .progress(let id, var state):
            {
                state.detail = plain(state.detail)
                state.slowedBy = state.slowedBy.map(plain)
                return .progress(id: id, state)
            }()
        case .log(let id, let level, let text): .log(id: id, level, plain(text))
        case .stepFinished(let report): .stepFinished(plain(report))
        case .runFailed(var failed):
            {
                failed.error = failed.error.map(plain)
                return .runFailed(failed)
            }()
        case .rollbackFinished(let id, let duration, let error, let isFinal, let summary):
            .rollbackFinished(
                id: id, duration, error: error.map(plain), isFinal: isFinal, summary: summary.map(plain))
        case .runEnded(let result): .runEnded(plain(result))
        case .runStarted(var heading):
            {
                heading.pipeline = plain(heading.pipeline)
                heading.file = plain(heading.file)
                heading.folder = plain(heading.folder)
                return .runStarted(heading)
            }()
        case .leaseAwaited(let resource, let owner): .leaseAwaited(Resource(url: plain(resource.url)), owner.map(plain))
        case .stepSkipped(let id, let reason): .stepSkipped(id: id, reason: plain(reason))
        // The ids and kinds are identifiers of a file that was found good.
        case .phaseStarted, .stepStarted, .rollbackStarted: event
        }
    }

    func mask(_ result: RunResult) -> RunResult {
        var result = result
        if let error = result.failure?.error { result.failure?.error = mask(error) }
        result.steps = result.steps.map(mask)
        result.finallyErrors = result.finallyErrors.map(mask)
        for index in result.left.indices { result.left[index].reason = mask(result.left[index].reason) }
        for index in result.unfinished.indices { result.unfinished[index].error = mask(result.unfinished[index].error) }
        return result
    }

    private func plain(_ text: String) -> String { mask(SanitizedText.clean(text)) }

    private func plain(_ error: ErrorRecord) -> ErrorRecord {
        ErrorRecord(code: error.code, message: plain(error.message), help: error.help.map(plain))
    }

    /// Whoever may write to the store has written it.
    private func plain(_ owner: LeaseOwner) -> LeaseOwner {
        LeaseOwner(
            runID: plain(owner.runID), pipeline: plain(owner.pipeline), host: plain(owner.host),
            processID: owner.processID, since: plain(owner.since), job: owner.job.map { $0.map(plain) })
    }

    private func plain(_ report: StepReport) -> StepReport {
        var report = report
        report.error = report.error.map(plain)
        report.summary = report.summary.map(plain)
        report.outputs = report.outputs.mapValues { mask(SanitizedText.clean($0)) }
        return report
    }

    private func plain(_ result: RunResult) -> RunResult {
        var result = result
        if let error = result.failure?.error { result.failure?.error = plain(error) }
        result.steps = result.steps.map(plain)
        result.finallyErrors = result.finallyErrors.map(plain)
        for index in result.left.indices { result.left[index].reason = plain(result.left[index].reason) }
        for index in result.unfinished.indices {
            result.unfinished[index].error = plain(result.unfinished[index].error)
        }
        return result
    }
}
