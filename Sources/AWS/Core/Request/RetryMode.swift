/// How often a call is tried.
public enum RetryMode: Hashable, Sendable {
    /// 3 attempts.
    case standard
    /// As many attempts as fit between the first one and the limit: where throttling outlives 3 attempts.
    case untilDeadline(Duration)
    /// 1 attempt.
    case never
}
