internal import PipelineKit

/// The last lines of a run: what came of it, and what to type next.
struct RunSummary {
    let result: RunResult
    let style: TextStyle
    let verbosity: Verbosity
    /// Of the window, in columns; nil if there is none.
    var width: Int?
    /// Whether the user asked to undo the run: then it is no news why it had failed.
    var isRollback = false
    /// Whether a rollback has warned of something harmless that it left.
    var rollbackWarned = false
    /// The path of the run's report.
    var reportPath: String?
    var commands = RunCommandLine.plain
    var isBelowRows = false
    /// Where the pipeline file has a step.
    var place: (String) -> String? = { _ in nil }
    /// What visitors have, and what to type next; nil if it is not this run's to tell.
    var closing: RunClosing?

    var lines: [String] {
        var lines = problems
        // What went wrong stands apart from the rows.
        if isBelowRows, !lines.isEmpty, verbosity > .quiet { lines.insert("", at: 0) }
        lines += verdict
        if result.failure?.cause != .leaseHeld, !result.stoodAside, !result.outcome.isForward, !isRollback,
            verbosity > .quiet, let reportPath
        {
            lines.append(style.dim("report: \(reportPath)"))
        }
        return lines + last
    }

    private var problems: [String] {
        var lines: [String] = []
        if let failure = result.failure, !isRollback || result.stoodAside {
            // What an earlier process has told is no news: it is why the run goes back now.
            lines +=
                result.isFailureEarlier && !result.stoodAside && failure.cause != .requested
                ? errors.text("", "the run had failed before: \(failure.explanation)") : describe(failure)
        }
        for report in result.finallyErrors {
            if report.isEarlier {
                if !isRollback {
                    let said = report.error.map { ": \($0)" } ?? ""
                    lines += errors.text("", "the `finally` step `\(report.id)` had failed before\(said)")
                }
                continue
            }
            let error = ErrorRecord(code: "", message: report.error ?? "", help: nil)
            lines += errors.lines(
                error, subject: "the `finally` step `\(report.id)` failed: ", place: place(report.id))
        }
        return lines + result.unfinished.flatMap(describe) + leftInPlace
    }

    /// What matters stands last: what visitors have, and what to type.
    private var last: [String] {
        guard let closing, verbosity > .quiet || !isGood else { return [] }
        let lines = closing.visitors.lines().map(SanitizedText.clean)
        let next = closing.next.map { ["\($0.purpose): \(style.bold($0.command))"] } ?? []
        return lines.map(style.bold) + next
    }

    private var isGood: Bool { result.outcome == .success && result.left.isEmpty }

    private var errors: ErrorLines { ErrorLines(style: style, width: width) }

    private func describe(_ failure: RunFailed) -> [String] {
        switch failure.cause {
        case .requested: []
        case .interrupted, .terminated, .hungUp, .quit: [style.red(failure.sentence)]
        case .failure, .timeout, .leaseHeld:
            errors.lines(
                ErrorRecord(code: "", message: failure.explanation, help: failure.error?.help),
                place: failure.step.flatMap(place))
        }
    }

    private func describe(_ step: StepUnfinished) -> [String] {
        // A time limit names its step itself.
        let isTimeout = step.error.code == TimeLimitExceeded.code
        return errors.lines(
            step.error, subject: isTimeout ? "" : "step `\(step.step)` is not done: ", place: place(step.step))
            + errors.text("  ", "until it is done, " + step.consequence)
    }

    private var leftInPlace: [String] {
        guard !result.left.isEmpty else { return [] }
        let isFinal = result.left.allSatisfy(\.isFinal)
        return [style.red("\(RunState.stuck.word):")]
            + result.left.flatMap { errors.text("  `\($0.step)` (\($0.kind)): ", $0.reason) }
            + (isFinal ? ["  undo by hand what matters"] : [])
            + next(
                isFinal
                    ? "`\(commands.show(result.runID))` tells what was done"
                    : "look at the above, then type `\(commands.rollback(result.runID))`")
    }

    /// What to type, unless the last line has it.
    private func next(_ text: String) -> [String] {
        closing?.next == nil ? ["  \(style.bold("next:")) \(text)"] : []
    }

    private var verdict: [String] {
        let isRestored = result.steps.contains { $0.rolledBack }
        if result.stoodAside { return ["\(result.word): run \(result.runID) is as it was"] }
        if isRollback {
            return undone
        }
        switch result.outcome {
        case .success:
            return verbosity > .quiet ? ["\(style.green("done")) in \(result.duration.text)"] : []
        case .unfinished:
            let isAboutVisitors = closing.map { !$0.visitors.isEmpty } ?? true
            let done = isAboutVisitors ? "the new release is live and whole" : "all else is done"
            return [
                "\(style.yellow(RunState.unfinished.word)) after \(result.duration.text): \(done)"
            ] + next("`\(commands.resume(result.runID))` does what is missing")
        case .rolledBack: return []
        case .failure, .timeout, .cancelled:
            guard result.left.isEmpty else { return [] }
            let state =
                !isRestored
                ? "there was nothing to restore"
                : rollbackWarned
                    ? "what it had changed is restored, but for what the warnings above name"
                    : "everything that it had changed is restored"
            let verb =
                result.outcome == .cancelled ? "was \(StepOutcome.cancelled.word)" : RunFailed.Cause.failure.word
            return ["the run \(verb) after \(result.duration.text); \(state)"]
        }
    }

    /// The verdict on a rollback that the user asked for.
    private var undone: [String] {
        guard result.left.allSatisfy(\.isFinal), verbosity > .quiet || !result.left.isEmpty else { return [] }
        let rest =
            !result.left.isEmpty
            ? ", but for what cannot be undone"
            : rollbackWarned ? ", but for what the warnings above name" : ""
        return ["\(style.green(RunState.rolledBack.word)) in \(result.duration.text)\(rest)"]
    }
}
