/// How often a call is attempted.
public enum RetryMode: Hashable, Sendable {
    /// 3 attempts.
    case standard
    /// As many attempts as fit between the first one and the limit: for throttling that outlasts 3 attempts.
    case untilDeadline(Duration)
    /// 1 attempt.
    case never
}
