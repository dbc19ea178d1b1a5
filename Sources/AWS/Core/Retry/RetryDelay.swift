internal import PipelineKit

/// The delay before another attempt: exponential backoff with full jitter.
enum RetryDelay {
    private static let longest = Duration.seconds(20)
    /// How far a server may extend a delay.
    private static let stretch = Duration.seconds(5)

    /// - Parameters:
    ///   - retry: 1 for the first one.
    ///   - asked: the delay that the server asked for, which counts only within bounds.
    static func before(
        retry: Int, _ reason: RetryReason, asked: Duration? = nil, random: RandomSource
    ) -> Duration {
        let ceiling = min(reason.base * (1 << min(retry - 1, 16)), longest)
        let delay = ceiling * random.nextFraction()
        guard let asked else { return delay }
        return min(max(asked, delay), delay + stretch)
    }
}
