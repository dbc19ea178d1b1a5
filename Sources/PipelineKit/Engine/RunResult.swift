/// How a run ended.
public struct RunResult: Sendable {
    public var runID: String
    public var outcome: RunOutcome
    public var steps: [StepReport]
    /// Why it failed, where it did.
    public var failure: RunFailed?
    /// Errors of `finally` steps.
    public var finallyErrors: [StepReport]
    /// What a failed run changed and did not restore.
    public var left: [UnrestoredChange]
    /// Steps that got no answer and can be done later; none if the run failed.
    public var unfinished: [StepUnfinished] = []
    public var duration: Duration
    /// Whether the run is as this process found it, because its leases or its journal were not to be had.
    public var stoodAside = false

    public var exitCode: ExitCode {
        guard left.isEmpty else { return .unrestored }
        guard let failure else {
            guard finallyErrors.isEmpty else { return .failed }
            return unfinished.isEmpty ? .success : .unfinished
        }
        return switch failure.cause {
        case .failure: .failed
        case .timeout: .timeout
        case .interrupted: .interrupted
        case .terminated: .terminated
        case .leaseHeld: .leaseHeld
        case .requested: finallyErrors.isEmpty ? .success : .failed
        }
    }
}

/// A change that stands although its run failed.
public struct UnrestoredChange: Hashable, Sendable {
    public var step: String
    public var kind: String
    /// Why it stands: a sentence without its subject.
    public var reason: String
    /// Whether no rollback can undo it, however often it is tried.
    public var isFinal: Bool

    public init(step: String, kind: String, reason: String, isFinal: Bool = false) {
        self.step = step
        self.kind = kind
        self.reason = reason
        self.isFinal = isFinal
    }
}
