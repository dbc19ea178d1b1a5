/// Retries work that failed and may succeed later.
struct Retrying: Sendable {
    let policy: RetryPolicy
    let clock: any RunClock
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
