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

    /// Returns how long to wait after the failed attempt `attempt` (1 is the first).
    ///
    /// - Parameters:
    ///   - random: a number, uniform in 0 ..< 1.
    ///   - retryAfter: the least delay, if the other side named one. It may exceed `max`.
    public func delay(afterAttempt attempt: Int, random: Double, retryAfter: Duration?) -> Duration {
        var seconds = initial.inSeconds
        let limit = max.inSeconds
        var left = attempt - 1
        while left > 0, seconds > 0, seconds < limit, factor > 1 {
            seconds *= factor
            left -= 1
        }
        seconds = Swift.min(seconds, limit)
        if jitter == .full { seconds *= random }
        return Swift.max(.seconds(seconds), retryAfter ?? .zero)
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
