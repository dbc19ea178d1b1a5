/// How a run ended.
public struct RunResult: Sendable {
    public var runID: String
    public var outcome: RunOutcome
    public var steps: [StepReport]
    /// Why it failed, if it did.
    public var failure: RunFailed?
    /// Errors of `finally` steps.
    public var finallyErrors: [StepReport]
    /// What a failed run changed and did not restore.
    public var left: [UnrestoredChange]
    /// Steps that got no answer, or failed in `finally`, and can be done later; none if the run failed.
    public var unfinished: [StepUnfinished] = []
    public var duration: Duration
    /// True if an earlier process of the run failed so, and came to its end, so that it has told it.
    public var isFailureEarlier = false
    /// True if the run is as this process found it: its leases or its journal were not available, or a newer runner
    /// must continue it.
    public var stoodAside = false
}

/// A change that stays in place although its run failed.
public struct UnrestoredChange: Hashable, Sendable {
    public var step: String
    public var kind: String
    /// Why it stays in place: a sentence without its subject.
    public var reason: String
    /// True if no rollback can undo it, however often it is retried.
    public var isFinal: Bool

    public init(step: String, kind: String, reason: String, isFinal: Bool = false) {
        self.step = step
        self.kind = kind
        self.reason = reason
        self.isFinal = isFinal
    }
}
