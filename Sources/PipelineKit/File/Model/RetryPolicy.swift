/// When a failed attempt is made again, and how long after.
public struct RetryPolicy: Hashable, Sendable {
    public enum Jitter: String, Sendable, OptionChoice {
        /// The delay is uniform from nothing to the whole, so that many runs do not come back at once.
        case full
        case none
    }

    /// Total tries; 1 is none after the first.
    public var attempts: Int
    public var initial: Duration
    public var factor: Double
    public var max: Duration
    public var jitter: Jitter
    /// The classes of error that are tried again.
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

    /// How long to wait after the failed attempt `attempt` (1 is the first).
    ///
    /// - Parameters:
    ///   - random: uniform in 0 ..< 1.
    ///   - retryAfter: the least delay, where the other side named one. It may exceed `max`.
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
