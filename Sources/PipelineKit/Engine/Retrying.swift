/// Retries work that failed and may succeed later.
struct Retrying: Sendable {
    let policy: RetryPolicy
    var clock: any RunClock
    let random: RandomSource
    /// Called before each wait: the number of the attempt that failed, its error, the wait.
    let failed: @Sendable (Int, any Error, Duration) -> Void

    /// - Parameter work: gets the attempt's number, from 1.
    /// - Throws: the error of the last attempt.
    func callAsFunction<Result: Sendable>(_ work: (Int) async throws -> Result) async throws -> Result {
        var attempt = 1
        while true {
            do {
                return try await work(attempt)
            } catch {
                guard attempt < policy.attempts, !Task.isCancelled, let described = error as? any DescribedError,
                    policy.when.contains(described.retryClass)
                else { throw error }
                let delay = policy.delay(
                    afterAttempt: attempt, random: random.nextFraction(), retryAfter: described.retryAfter)
                failed(attempt, error, delay)
                try await clock.sleep(for: delay)
                attempt += 1
            }
        }
    }
}

extension RetryPolicy {
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
