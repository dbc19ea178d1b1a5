import FoundationEssentials
import PipelineKit

/// The real time, which signatures need, without its pauses.
struct QuickClock: RunClock {
    private let real = SystemClock()

    var now: ContinuousClock.Instant { real.now }
    var date: Date { real.date }

    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        await Task.yield()
    }

    func limit(_ duration: Duration, _ expired: @escaping @Sendable () -> Void) -> TimeLimit {
        real.limit(duration, expired)
    }
}
