import PipelineKit
import Testing

/// The machine's clock as a limit: what a test clock stands in for elsewhere.
@Suite struct LimitTimerTests {
    private let clock = SystemClock()

    @Test(.timeLimit(.minutes(15))) func aLimitEnds() async throws {
        let began = ContinuousClock.now
        try await clock.expire(after: .milliseconds(5))
        #expect(began.duration(to: .now) >= .milliseconds(5))
    }

    /// The shorter one is asked for while the longer one waits.
    @Test(.timeLimit(.minutes(15))) func aShorterLimitEndsFirst() async throws {
        let long = Task { try await clock.expire(after: .seconds(3_600)) }
        let began = ContinuousClock.now
        try await clock.expire(after: .milliseconds(20))
        #expect(began.duration(to: .now) >= .milliseconds(20))
        try await clock.expire(after: .milliseconds(1))
        #expect(began.duration(to: .now) >= .milliseconds(21))
        long.cancel()
        await #expect(throws: CancellationError.self) { try await long.value }
    }

    @Test(.timeLimit(.minutes(15))) func aCancelEndsTheWait() async throws {
        let waits = (0..<100).map { _ in Task { try await clock.expire(after: .seconds(3_600)) } }
        for wait in waits { wait.cancel() }
        for wait in waits { await #expect(throws: CancellationError.self) { try await wait.value } }
    }

    @Test(.timeLimit(.minutes(15))) func manyEndTogether() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let (began, limit) = (ContinuousClock.now, Duration.milliseconds(number % 20))
                    try await clock.expire(after: limit)
                    #expect(began.duration(to: .now) >= limit)
                }
            }
            try await group.waitForAll()
        }
    }
}
