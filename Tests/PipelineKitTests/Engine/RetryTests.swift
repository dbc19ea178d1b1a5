import PipelineKit
import TestSupport
import Testing

/// What is retried, and after how long.
@Suite struct RetryTests {
    private func sleeps(_ script: [String], random: Double = 0.5, _ policy: RetryPolicy = RetryPolicy()) async
        -> [Duration]
    {
        var run = TestRun([.scripted("a", run: script) { $0.retry = policy }])
        run.random = random
        return await run().sleeps
    }

    private static let failures = Array(repeating: "fail network", count: 9)

    @Test func delaysGrowUpToTheLongest() async {
        let policy = RetryPolicy(attempts: 6, initial: .seconds(1), factor: 3, max: .seconds(10), jitter: .none)
        #expect(
            await sleeps(Self.failures, policy) == [
                .seconds(1), .seconds(3), .seconds(9), .seconds(10), .seconds(10),
            ])
    }

    @Test(arguments: [0, 0.25, 0.5]) func fullJitterTakesAPart(_ fraction: Double) async {
        let policy = RetryPolicy(attempts: 4, initial: .seconds(8), factor: 2, max: .seconds(20))
        #expect(
            await sleeps(Self.failures, random: fraction, policy) == [
                .seconds(8 * fraction), .seconds(16 * fraction), .seconds(20 * fraction),
            ])
    }

    @Test func retryAfterIsTheLeastAlsoBeyondTheLongest() async {
        let policy = RetryPolicy(attempts: 4, initial: .seconds(4), factor: 1, max: .seconds(4), jitter: .none)
        #expect(
            await sleeps(["fail throttle 1s", "fail throttle 90s", "fail throttle 4s", "ok"], policy) == [
                .seconds(4), .seconds(90), .seconds(4),
            ])
    }

    @Test(arguments: RetryClass.allCases) func onlyTheClassesNamed(_ named: RetryClass) async {
        for failing in RetryClass.allCases {
            let policy = RetryPolicy(attempts: 2, jitter: .none, when: [named])
            let trace = await TestRun([
                .scripted("a", run: ["fail \(failing.rawValue)"]) { $0.retry = policy }
            ])()
            #expect((trace.result.exitCode == .success) == (failing == named), "\(failing)")
        }
    }

    @Test func byDefaultNoConflictAndNoFailure() async {
        for failing in RetryClass.allCases {
            let trace = await TestRun([.scripted("a", run: ["fail \(failing.rawValue)"])])()
            let isRetried = trace.result.exitCode == .success
            #expect(isRetried == [.network, .throttle, .timeout].contains(failing), "\(failing)")
        }
    }

    @Test func oneAttemptIsNoRetry() async {
        #expect(await sleeps(Self.failures, RetryPolicy(attempts: 1)) == [])
    }

    @Test func attemptsAreTotalTries() async {
        let run = TestRun([.scripted("a", run: Self.failures) { $0.retry = RetryPolicy(attempts: 4) }])
        let trace = await run()
        #expect(trace.lines.filter { $0 == "a.run(nothing)" }.count == 4)
        #expect(trace.result.steps.map(\.attempts) == [4])
    }

    @Test func prepareAndRunHaveTheirTriesEach() async {
        let trace = await TestRun([
            .scripted("a", prepare: ["fail network", "fail network"], run: ["fail network", "fail network"])
        ])()
        #expect(trace.result.exitCode == .success)
        #expect(trace.lines.filter { $0 == "a.prepare" }.count == 3)
        #expect(trace.lines.filter { $0 == "a.run(nothing)" }.count == 3)
    }

    @Test func cancelWhileItWaits() async {
        let policy = RetryPolicy(attempts: 3, initial: .seconds(600), max: .seconds(600), jitter: .none)
        var run = TestRun([.scripted("a", run: ["settle fail network"]) { $0.retry = policy }])
        // The run's limit is over during the wait.
        run.pipeline.timeout = .seconds(60)
        let trace = await run()
        #expect(trace.result.exitCode == .timeout)
        #expect(trace.result.failure?.error?.code == "timeout")
        #expect(trace.lines.filter { $0 == "a.run(nothing)" }.count == 1)
    }

    @Test func oneBudgetForAllTriesOfARollback() async {
        let policy = RetryPolicy(attempts: 3, initial: .seconds(40), factor: 1, max: .seconds(40), jitter: .none)
        let trace = await TestRun([
            .scripted("a", run: ["fail"], rollback: ["fail network 40s", "hang"]) {
                $0.retry = policy
                $0.rollback = .own(timeout: .seconds(60))
            }
        ])()
        #expect(trace.result.exitCode == .unrestored)
        #expect(trace.result.left.first?.reason.contains("longer than its limit of 1m") == true)
    }
}
