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

    func expire(after limit: Duration) async throws { try await real.expire(after: limit) }
}
