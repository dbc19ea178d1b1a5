internal import PipelineKit

// The one vocabulary of what comes of runs and steps. Each outcome has a word, which people read on the console, in
// tables, in logs and in reports, and an identifier, which programs read in JSON and which never changes.

/// How a run ended, or what it is doing now. The raw value is the identifier.
enum RunState: String, CaseIterable {
    case notStarted = "not started"
    case atWork = "at work"
    /// Its process was killed, and its journal has no end.
    case interrupted
    case succeeded
    /// The new release is live, and a step after that is not done.
    case unfinished
    case failed
    /// It failed, and something of what it had changed is still there.
    case stuck = "not restored"
    case rolledBack = "rolled back"

    var identifier: String { rawValue }

    var word: String { self == .unfinished ? "live, unfinished" : rawValue }

    /// - Parameters:
    ///   - isStuck: whether something that it changed is not restored.
    ///   - hasRolledBack: whether any step was rolled back.
    fileprivate init(_ outcome: RunOutcome, isStuck: Bool, hasRolledBack: Bool) {
        self =
            switch outcome {
            case _ where isStuck: .stuck
            case .success: .succeeded
            case .unfinished: .unfinished
            case .rolledBack: .rolledBack
            case .failure, .timeout, .cancelled: hasRolledBack ? .rolledBack : .failed
            }
    }
}

extension RunResult {
    /// The same as that of its journal.
    var state: RunState {
        RunState(outcome, isStuck: !left.isEmpty, hasRolledBack: steps.contains { $0.rolledBack })
    }

    /// What came of it in this process.
    var word: String { stoodAside ? "nothing was done" : state.word }

    /// Whether another run had the store before this one had begun, or had continued.
    var didNothing: Bool { stoodAside || failure?.cause == .leaseHeld && failure?.step == nil }
}

extension RunHistory {
    var state: RunState {
        guard started != nil else { return .notStarted }
        guard let ended else { return .interrupted }
        let isStuck = ended.exitCode == Exit.unrestored.rawValue || rollbackFailed != nil
        return RunState(ended.outcome, isStuck: isStuck, hasRolledBack: !rolledBack.isEmpty)
    }

    func end(of step: String) -> StepEnd {
        let failure = failed?.step == step ? failed : nil
        let (finished, unfinished) = (finished[step], unfinished[step])
        return StepEnd(
            outcome: finished?.outcome ?? (unfinished == nil ? failure?.cause.stepOutcome : .unfinished),
            isUndone: rolledBack.contains(step),
            attempts: finished?.attempts ?? unfinished?.attempts ?? failure?.attempts,
            milliseconds: finished?.milliseconds ?? unfinished?.milliseconds ?? failure?.milliseconds,
            error: finished?.error ?? unfinished?.error ?? failure?.error, outputs: finished?.outputs ?? [:],
            summary: finished?.summary)
    }

    /// What a reader of a list wants to know beyond the state: the version, or why the run failed.
    var highlight: String { reason ?? version ?? "" }

    /// Why the run failed, with the step; nil if it did not.
    var reason: String? {
        guard let failed, failed.cause != .requested else { return nil }
        let place = failed.step.map { "\($0): " } ?? ""
        return place + (failed.cause.isSignal ? failed.cause.word : failed.error?.message ?? failed.cause.word)
    }
}

extension RunOutcome {
    var identifier: String {
        switch self {
        case .success: "success"
        case .unfinished: "unfinished"
        case .failure: "failure"
        case .timeout: "timeout"
        case .cancelled: "cancelled"
        case .rolledBack: "rolled-back"
        }
    }
}

extension RunFailed.Cause {
    var word: String {
        switch self {
        case .failure: "failed"
        case .timeout: "took too long"
        case .interrupted: "stopped by SIGINT"
        case .terminated: "stopped by SIGTERM"
        case .hungUp: "stopped by SIGHUP"
        case .quit: "stopped by SIGQUIT"
        case .leaseHeld: "another run has the store"
        case .requested: "rolled back by request"
        }
    }

    var identifier: String {
        switch self {
        case .failure: "failure"
        case .timeout: "timeout"
        case .interrupted: "interrupted"
        case .terminated: "terminated"
        case .hungUp: "hungUp"
        case .quit: "quit"
        case .leaseHeld: "leaseHeld"
        case .requested: "requested"
        }
    }

    var isSignal: Bool { [.interrupted, .terminated, .hungUp, .quit].contains(self) }
}

extension RunFailed {
    /// Why the run stopped going forward, such as ``step `upload` was stopped by SIGINT``.
    var sentence: String {
        let subject = step.map { "step `\($0)`" } ?? "the run"
        return switch cause {
        case .failure, .timeout: "\(subject) \(cause.word)"
        case .interrupted, .terminated, .hungUp, .quit: "\(subject) was \(cause.word)"
        case .leaseHeld, .requested: cause.word
        }
    }

    /// With the error, if there is one that says more.
    var explanation: String {
        guard let message = error?.message, !cause.isSignal, cause != .requested else { return sentence }
        return cause == .failure ? "\(sentence): \(message)" : message
    }
}

extension StepOutcome {
    var word: String {
        switch self {
        case .success: "done"
        case .already: "nothing to do"
        case .skipped: "skipped"
        case .failure: RunFailed.Cause.failure.word
        case .timeout: RunFailed.Cause.timeout.word
        case .cancelled: "stopped"
        case .unfinished: "not done"
        }
    }

    var identifier: String {
        switch self {
        case .success: "success"
        case .already: "already"
        case .skipped: "skipped"
        case .failure: "failure"
        case .timeout: "timeout"
        case .cancelled: "cancelled"
        case .unfinished: "unfinished"
        }
    }

    /// The head of a console's row: at most 7 columns, in capitals if somebody must look.
    var mark: String {
        switch self {
        case .success: "ok"
        case .already: "same"
        case .skipped: "skipped"
        case .failure, .timeout: "FAILED"
        case .cancelled: "STOPPED"
        case .unfinished: "LATER"
        }
    }
}

extension PlannedStep.Verdict {
    /// The head of a plan's row: that of a run's row if the plan knows it.
    var mark: String {
        switch self {
        case .ran: StepOutcome.success.mark
        case .nothing: StepOutcome.already.mark
        case .skipped: StepOutcome.skipped.mark
        case .fails: StepOutcome.failure.mark
        case .changes: "change"
        case .looks: "looks"
        case .mayRun: "run"
        case .unknown: "open"
        }
    }
}

/// What a journal says of a step's end. What is nil it does not know.
struct StepEnd {
    var outcome: StepOutcome?
    /// Whether it was rolled back.
    var isUndone: Bool
    var attempts: Int?
    var milliseconds: Int?
    var error: ErrorRecord?
    var outputs: [String: Value]
    /// The kind's sentence about the result.
    var summary: String?

    var state: StepState { StepState(outcome: outcome, isUndone: isUndone) }
}

/// What became of a step, its rollback included.
struct StepState {
    /// Nil if its end is not known.
    var outcome: StepOutcome?
    var isUndone: Bool

    var word: String {
        switch outcome {
        case let outcome? where !isUndone: outcome.word
        case .failure?, .timeout?, .cancelled?: "\(outcome?.word ?? ""), \(Self.undone)"
        default: isUndone ? Self.undone : "begun"
        }
    }

    static let undone = "undone"
    static let notReached = "not reached"

    /// The head of a console's row for a rollback.
    ///
    /// - Parameter isFinal: whether no rollback can undo the step.
    static func mark(failed: Bool, isFinal: Bool) -> String { failed ? isFinal ? "LEFT" : "STUCK" : undone }
}

/// What became of one try at a step or at its rollback.
enum TryState: String {
    case good, failed, undone, stuck, open

    var word: String {
        switch self {
        case .good: StepOutcome.success.word
        case .failed: StepOutcome.failure.word
        case .undone: StepState.undone
        case .stuck: "rollback failed"
        case .open: RunState.interrupted.word
        }
    }
}
