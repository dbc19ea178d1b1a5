import PipelineKit
import Testing

@testable import Releases

@Suite struct ConcurrencyWindowTests {
    @Test func startsModestAndDoublesWithEachRound() {
        var window = ConcurrencyWindow(maximum: 64)
        #expect(window.limit == 8)
        var limits: [Int] = []
        for _ in 0..<4 {
            window.succeeded(window.limit)
            limits.append(window.limit)
        }
        #expect(limits == [16, 32, 64, 64])
    }

    @Test func halvesOnceForABurstAndClimbsByOneARound() {
        var window = ConcurrencyWindow(maximum: 64)
        window.succeeded(100)
        #expect(window.limit == 64)
        // All of these were sent before anybody knew.
        for _ in 0..<40 { window.slowedDown() }
        #expect(window.limit == 32)
        // The 64 that were under way are done: from now on refusals tell of the new limit.
        window.succeeded(64)
        #expect(window.limit == 33)
        window.slowedDown()
        #expect(window.limit == 16)
        var window2 = ConcurrencyWindow(maximum: 10, start: 10)
        window2.slowedDown()
        #expect(window2.limit == 5)
        for expected in [6, 7, 8, 9, 10, 10] {
            window2.succeeded(window2.limit)
            #expect(window2.limit == expected)
        }
    }

    @Test func neverStandsStillAndNeverExceedsWhatIsAllowed() {
        var window = ConcurrencyWindow(maximum: 3)
        #expect(window.limit == 3)
        for _ in 0..<50 {
            window.slowedDown()
            window.succeeded()
        }
        #expect((1...3).contains(window.limit))
        #expect(ConcurrencyWindow(maximum: 0).limit == 1)
    }

    @Test func widensWhereEveryAnswerIsLongOnItsWay() {
        var far = ConcurrencyWindow(maximum: 256, nearMaximum: 64)
        for _ in 0..<5 { far.succeeded(far.limit, in: .milliseconds(31)) }
        #expect(far.limit == 256)
        var near = ConcurrencyWindow(maximum: 256, nearMaximum: 64)
        near.succeeded(8, in: .milliseconds(2))
        // A near store that is busy answers late as well.
        for _ in 0..<9 { near.succeeded(near.limit, in: .milliseconds(40)) }
        #expect(near.limit == 64)
        // One quick answer shows that the store is near after all.
        far.succeeded(1, in: .milliseconds(3))
        #expect(far.limit == 64)
    }

    @Test func refusalsOfOneBurstCountOnce() {
        var window = ConcurrencyWindow(maximum: 64)
        window.slowedDown()
        #expect(window.limit == 4)
        window.slowedDown()
        #expect(window.limit == 4)
    }

    @Test(arguments: [(RetryClass.throttle, true), (.timeout, true), (.network, false), (.failure, false)])
    func aTimeoutAsksForLessAsAThrottleDoes(_ retryClass: RetryClass, _ asksForLess: Bool) {
        #expect(ConcurrencyWindow.asksForLess(StepError("x", "x", retry: retryClass)) == asksForLess)
    }
}
