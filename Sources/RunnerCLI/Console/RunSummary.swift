internal import PipelineKit

/// The last lines of a run: what came of it, and what to type next.
struct RunSummary {
    let result: RunResult
    let style: TextStyle
    let verbosity: Verbosity
    /// Whether the undoing is what was asked for: why the run had failed is no news then.
    var isRollback = false

    var lines: [String] {
        var lines: [String] = []
        if let failure = result.failure, !isRollback || result.stoodAside { lines += describe(failure) }
        for report in result.finallyErrors {
            let reason = PlainText.clean(report.error ?? "")
            lines.append("\(style.red("error:")) the `finally` step `\(report.id)` failed: \(reason)")
        }
        if !result.left.isEmpty { lines += leftInPlace }
        lines += verdict
        return lines
    }

    private func describe(_ failure: RunFailed) -> [String] {
        let place = failure.step.map { "step `\($0)`" } ?? "the run"
        let message = PlainText.clean(failure.error?.message ?? "")
        var lines: [String] =
            switch failure.cause {
            case .requested: []
            case .interrupted: ["\(style.red("stopped:")) \(place) was interrupted"]
            case .terminated: ["\(style.red("stopped:")) \(place) was asked to terminate"]
            case .timeout: ["\(style.red("error:")) \(message.isEmpty ? "\(place) took too long" : message)"]
            case .leaseHeld: ["\(style.red("error:")) \(message)"]
            case .failure: ["\(style.red("error:")) \(place) failed: \(message)"]
            }
        if let help = failure.error?.help, failure.cause != .interrupted, failure.cause != .terminated {
            lines.append("  \(style.bold("help:")) \(PlainText.clean(help))")
        }
        return lines
    }

    private var leftInPlace: [String] {
        [style.red("not restored:")] + result.left.map { "  `\($0.step)` (\($0.kind)): \(PlainText.clean($0.reason))" }
            + ["  \(style.bold("next:")) look at the above, then type `runner rollback \(result.runID)`"]
    }

    private var verdict: [String] {
        let isRestored = result.steps.contains { $0.rolledBack }
        if result.stoodAside { return ["nothing was done: run \(result.runID) is as it was"] }
        if isRollback {
            return result.left.isEmpty ? ["\(style.green("rolled back")) in \(result.duration.text)"] : []
        }
        switch result.outcome {
        case .success:
            return verbosity > .quiet ? ["\(style.green("done")) in \(result.duration.text)"] : []
        case .rolledBack: return []
        case .failure, .timeout, .cancelled:
            guard result.left.isEmpty else { return [] }
            let state = isRestored ? "everything that it had changed is restored" : "there was nothing to restore"
            let verb = result.outcome == .cancelled ? "was stopped" : "failed"
            return ["the run \(verb) after \(result.duration.text); \(state)"]
        }
    }
}
