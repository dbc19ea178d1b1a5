public import FoundationEssentials

/// What a step may know about its run.
public struct RunInfo: Sendable {
    /// The run's id; ids sort by time.
    public var id: String
    /// The pipeline's `name`.
    public var pipeline: String
    public var startedAt: Date
    public var runnerVersion: String
    /// The outcome so far; it is final in `finally`.
    public var outcome: RunOutcome
    /// Steps that came before this one, in order.
    public var steps: [StepReport]

    public init(
        id: String, pipeline: String, startedAt: Date, runnerVersion: String, outcome: RunOutcome = .success,
        steps: [StepReport] = []
    ) {
        self.id = id
        self.pipeline = pipeline
        self.startedAt = startedAt
        self.runnerVersion = runnerVersion
        self.outcome = outcome
        self.steps = steps
    }
}

public enum RunOutcome: String, Codable, Sendable {
    case success, failure, timeout, cancelled
    /// What the run changed is in place and complete; a step that can be done later is not done.
    case unfinished
    /// Undone because somebody asked for it.
    case rolledBack = "rolled-back"

    /// True if the run went forward to its end; `success()` tests this.
    public var isForward: Bool { self == .success || self == .unfinished }
}

public enum StepOutcome: String, Codable, Sendable {
    /// The change was made.
    case success
    /// There was nothing to do.
    case already
    case skipped
    case failure, timeout, cancelled
    /// It got no answer, or failed in `finally`, and the run continued without it: a later process can do it.
    case unfinished
}

/// How one step went.
public struct StepReport: Sendable {
    public var id: String
    public var kind: String
    public var outcome: StepOutcome
    public var attempts: Int
    public var duration: Duration
    public var outputs: [String: Value]
    /// The error of a step that failed.
    public var error: String?
    public var rolledBack: Bool
    /// What a step that succeeded has achieved, as its kind says it in a sentence.
    public var summary: String?
    /// True if an earlier process of the run did it, and came to its end, so that it has told it.
    public internal(set) var isEarlier = false

    public init(
        id: String, kind: String, outcome: StepOutcome, attempts: Int = 1, duration: Duration = .zero,
        outputs: [String: Value] = [:], error: String? = nil, rolledBack: Bool = false,
        summary: String? = nil
    ) {
        self.id = id
        self.kind = kind
        self.outcome = outcome
        self.attempts = attempts
        self.duration = duration
        self.outputs = outputs
        self.error = error
        self.rolledBack = rolledBack
        self.summary = summary
    }
}
