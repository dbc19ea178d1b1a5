/// An error that a user can act on.
///
/// The type and its `retryClass` decide what the engine does with it; its text never does.
public protocol DescribedError: Error, Sendable, CustomStringConvertible {
    /// A stable name in kebab-case, such as `version-exists`, for scripts and tests to compare.
    var code: String { get }

    /// What happened, where and why: one lower-case sentence without a full stop.
    var message: String { get }

    /// What to do or type next, if that is known.
    var help: String? { get }

    /// The class that decides, with the step's `retry.when`, whether another attempt is made.
    var retryClass: RetryClass { get }

    /// The least time to wait before another attempt, if the other side named one.
    var retryAfter: Duration? { get }
}

extension DescribedError {
    public var help: String? { nil }
    public var retryClass: RetryClass { .failure }
    public var retryAfter: Duration? { nil }
    public var description: String { message }
}

/// The classes of error that `retry.when` names.
public enum RetryClass: String, Codable, Sendable, CaseIterable, OptionChoice {
    /// The other side was not reached, or the connection broke.
    case network
    /// The other side asked for fewer or later requests.
    case throttle
    /// An attempt took longer than its `timeout`, or an operation longer than its own limit.
    case timeout
    /// Somebody else changed the same thing at the same time.
    case conflict
    /// Everything else: another attempt would most likely fail in the same way.
    case failure
}

/// A rollback found that what the step changed is gone for good: a retry would not help.
public struct NotUndoable: DescribedError {
    /// Why: a sentence without its subject, such as "its old content was overwritten and is gone".
    public var message: String

    public init(_ message: String) {
        self.message = message
    }

    public var code: String { "not-undoable" }
}

/// An error of a step that needs no type of its own.
public struct StepError: DescribedError {
    public var code: String
    public var message: String
    public var help: String?
    public var retryClass: RetryClass
    public var retryAfter: Duration?

    public init(
        _ code: String, _ message: String, help: String? = nil, retry retryClass: RetryClass = .failure,
        after retryAfter: Duration? = nil
    ) {
        self.code = code
        self.message = message
        self.help = help
        self.retryClass = retryClass
        self.retryAfter = retryAfter
    }
}
