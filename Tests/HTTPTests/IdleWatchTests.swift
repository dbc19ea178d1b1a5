import Testing

@testable import HTTP

@Suite struct IdleWatchTests {
    private let start = ContinuousClock.now

    @Test func onlyAPauseOfTheWholeLimitEndsATransfer() {
        var watch = IdleWatch(limit: .seconds(60))
        func look(_ moved: IdleWatch.Moved, at seconds: Int) -> Duration? {
            watch.exceeded(moved, at: start + .seconds(seconds))
        }
        #expect(look(.init(), at: 0) == nil)
        #expect(look(.init(), at: 59) == nil)
        #expect(look(.init(sent: 1), at: 60) == nil)
        #expect(look(.init(sent: 1, received: 1), at: 119) == nil)
        #expect(look(.init(sent: 1, received: 1), at: 178) == nil)
        #expect(look(.init(sent: 1, received: 1), at: 179) == .seconds(60))
    }

    /// libcurl has sent nothing more, for the kernel is full; but what the kernel holds becomes less.
    @Test func whatComesThroughOutOfTheKernelIsProgress() {
        var watch = IdleWatch(limit: .seconds(60))
        for second in 0..<300 {
            let moved = IdleWatch.Moved(sent: 4 << 20, waiting: 4 << 20 - second * 1_448)
            #expect(watch.exceeded(moved, at: start + .seconds(second)) == nil)
        }
    }
}
