internal import PipelineKit

/// How long to wait before another attempt: exponential, with full jitter.
enum RetryDelay {
    private static let longest = Duration.seconds(20)
    /// How far a server may stretch a delay.
    private static let stretch = Duration.seconds(5)

    /// - Parameters:
    ///   - retry: 1 for the first one.
    ///   - asked: what the server asked for, which counts within bounds only.
    static func before(
        retry: Int, _ reason: RetryReason, asked: Duration? = nil, random: RandomSource
    ) -> Duration {
        let ceiling = min(reason.base * (1 << min(retry - 1, 16)), longest)
        let delay = ceiling * random.nextFraction()
        guard let asked else { return delay }
        return min(max(asked, delay), delay + stretch)
    }
}
