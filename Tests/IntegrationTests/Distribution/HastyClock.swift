import FoundationEssentials
import PipelineKit
import Synchronization

/// The machine's clock, whose sleeps move its time on but take 10 ms at most: servers need a moment.
final class HastyClock: RunClock {
    private let slept = Mutex(Duration.zero)

    var now: ContinuousClock.Instant { ContinuousClock.now + slept.withLock { $0 } }
    var date: Date { Date() }

    func sleep(for duration: Duration) async throws {
        slept.withLock { $0 += duration }
        try await Task.sleep(for: min(duration, .milliseconds(10)))
    }

    func limit(_ duration: Duration, _ expired: @escaping @Sendable () -> Void) -> TimeLimit {
        SystemClock().limit(duration, expired)
    }
}
