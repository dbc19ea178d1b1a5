public import FoundationEssentials
public import PipelineKit
internal import Synchronization

/// A clock on which every sleep ends at once, and moves the time by as much.
public final class TestClock: RunClock {
    private let state: Mutex<State>
    private let origin: ContinuousClock.Instant

    private struct State {
        var elapsed: Duration = .zero
        var sleeps: [Duration] = []
    }

    public init() {
        origin = .now
        state = Mutex(State())
    }

    public var now: ContinuousClock.Instant {
        origin.advanced(by: state.withLock(\.elapsed))
    }

    /// 2026-01-01T00:00:00Z and what has elapsed since.
    public var date: Date {
        let components = state.withLock(\.elapsed).components
        return Date(timeIntervalSince1970: 1_767_225_600 + Double(components.seconds))
    }

    public func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        state.withLock {
            $0.elapsed += duration
            $0.sleeps.append(duration)
        }
        await Task.yield()
    }

    /// What was slept so far, in order.
    public var sleeps: [Duration] { state.withLock(\.sleeps) }

    public func advance(by duration: Duration) {
        state.withLock { $0.elapsed += duration }
    }
}
