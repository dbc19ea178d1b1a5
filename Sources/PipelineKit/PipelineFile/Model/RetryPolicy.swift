/// Which failed attempts are retried, how often, and with which backoff.
public struct RetryPolicy: Hashable, Sendable {
    public enum Jitter: String, Sendable, OptionChoice {
        /// The delay is uniform between zero and the full delay, so that many runs do not retry at the same moment.
        case full
        case none
    }

    /// The total number of attempts; with 1 there is no retry.
    public var attempts: Int
    public var initial: Duration
    public var factor: Double
    public var max: Duration
    public var jitter: Jitter
    /// The classes of error that are retried.
    public var when: Set<RetryClass>

    public init(
        attempts: Int = 3, initial: Duration = .seconds(1), factor: Double = 2, max: Duration = .seconds(30),
        jitter: Jitter = .full, when: Set<RetryClass> = [.network, .throttle, .timeout]
    ) {
        self.attempts = attempts
        self.initial = initial
        self.factor = factor
        self.max = max
        self.jitter = jitter
        self.when = when
    }
}
