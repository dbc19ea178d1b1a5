extension SecretMasker {
    /// The event with every text in it masked that a step, a child or a server can have put there.
    func mask(_ event: RunEvent) -> RunEvent {
        switch event {
        case .stepPrepared(let id, let changes):
            .stepPrepared(
                id: id,
                changes.map { Change($0.verb, mask($0.subject), detail: mask($0.detail), bytes: $0.bytes) })
        case .attemptFailed(let id, let attempt, let error, let delay):
            .attemptFailed(id: id, attempt, error: mask(error), retryIn: delay)
        case .progress(let id, var state):
            {
                state.detail = mask(state.detail)
                return .progress(id: id, state)
            }()
        case .log(let id, let level, let text): .log(id: id, level, mask(text))
        case .stepFinished(let report): .stepFinished(mask(report))
        case .runFailed(var failed):
            {
                failed.error = failed.error.map(mask)
                return .runFailed(failed)
            }()
        case .rollbackFinished(let id, let duration, let error):
            .rollbackFinished(id: id, duration, error: error.map(mask))
        case .runEnded(let result): .runEnded(mask(result))
        case .runStarted, .leaseAwaited, .phaseStarted, .stepStarted, .stepSkipped, .rollbackStarted: event
        }
    }

    func mask(_ result: RunResult) -> RunResult {
        var result = result
        if let error = result.failure?.error { result.failure?.error = mask(error) }
        result.steps = result.steps.map(mask)
        result.finallyErrors = result.finallyErrors.map(mask)
        result.left = result.left.map { LeftInPlace(step: $0.step, kind: $0.kind, reason: mask($0.reason)) }
        return result
    }
}
