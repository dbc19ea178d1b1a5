import PipelineKit
import Testing

@Suite struct RetryPolicyTests {
    @Test func delaysGrowUpToTheLongest() {
        let policy = RetryPolicy(attempts: 9, initial: .seconds(1), factor: 2, max: .seconds(10), jitter: .none)
        let delays = (1...6).map { policy.delay(afterAttempt: $0, random: 0.9, retryAfter: nil) }
        #expect(delays == [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(10), .seconds(10)])
        #expect(policy.delay(afterAttempt: .max, random: 0, retryAfter: nil) == .seconds(10))
        #expect(policy.delay(afterAttempt: 0, random: 0, retryAfter: nil) == .seconds(1))
    }

    @Test func fullJitterTakesAShareOfTheDelay() {
        let policy = RetryPolicy(initial: .seconds(4), factor: 3, max: .seconds(30))
        #expect(policy.delay(afterAttempt: 2, random: 0.25, retryAfter: nil) == .seconds(3))
        #expect(policy.delay(afterAttempt: 2, random: 0, retryAfter: nil) == .zero)
    }

    @Test func theOtherSidesWishIsTheLeast() {
        let policy = RetryPolicy(initial: .seconds(4), jitter: .none)
        #expect(policy.delay(afterAttempt: 1, random: 0, retryAfter: .seconds(60)) == .seconds(60))
        #expect(policy.delay(afterAttempt: 1, random: 0, retryAfter: .seconds(1)) == .seconds(4))
    }

    @Test func aFactorOfOneStaysTheSame() {
        let policy = RetryPolicy(initial: .seconds(2), factor: 1, jitter: .none)
        #expect(policy.delay(afterAttempt: 1_000_000_000, random: 0, retryAfter: nil) == .seconds(2))
    }
}
