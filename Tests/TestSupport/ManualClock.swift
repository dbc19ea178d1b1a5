public import FoundationEssentials
public import PipelineKit
internal import Synchronization

/// A clock that a test moves by hand. Only short sleeps, as between tries of a request, end at once and move it
/// themselves.
public final class ManualClock: RunClock {
    private struct Waiter {
        var due: Duration
        var isLimit = false
        var wake: @Sendable (_ isCancelled: Bool) -> Void
    }

    private struct State {
        var elapsed: Duration = .zero
        var nextID = 0
        var waiters: [Int: Waiter] = [:]
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())
    private let origin = ContinuousClock.now
    private let short: Duration

    /// - Parameter short: sleeps up to this end at once.
    public init(short: Duration = .seconds(8)) {
        self.short = short
    }

    public var now: ContinuousClock.Instant { origin.advanced(by: state.withLock(\.elapsed)) }

    /// 2026-01-01T00:00:00Z and what has elapsed since.
    public var date: Date {
        let parts = state.withLock(\.elapsed).components
        return Date(timeIntervalSince1970: 1_767_225_600 + Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
    }

    /// How many sleeps and limits are not over.
    public var waiting: Int { state.withLock { $0.waiters.count } }

    /// How many sleeps are not over.
    public var sleeping: Int { state.withLock { $0.waiters.values.count { !$0.isLimit } } }

    public func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        if duration <= short { return advance(by: duration) }
        let id = makeID()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isCancelled = state.withLock { state in
                    if state.cancelled.contains(id) { return true }
                    state.waiters[id] = Waiter(due: state.elapsed + duration) { isCancelled in
                        if isCancelled {
                            continuation.resume(throwing: CancellationError())
                        } else {
                            continuation.resume()
                        }
                    }
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.cancelled.insert(id)
                return state.waiters.removeValue(forKey: id)
            }
            waiter?.wake(true)
        }
    }

    public func limit(_ duration: Duration, _ expired: @escaping @Sendable () -> Void) -> TimeLimit {
        let id = makeID()
        state.withLock { $0.waiters[id] = Waiter(due: $0.elapsed + duration, isLimit: true) { _ in expired() } }
        return TimeLimit { [self] in state.withLock { _ = $0.waiters.removeValue(forKey: id) } }
    }

    /// Moves the time, and wakes whoever has slept until then.
    public func advance(by duration: Duration) {
        let due = state.withLock { state -> [Waiter] in
            state.elapsed += duration
            let due = state.waiters.filter { $0.value.due <= state.elapsed }
            for id in due.keys { state.waiters[id] = nil }
            return due.values.sorted { $0.due < $1.due }
        }
        for waiter in due { waiter.wake(false) }
    }

    /// Waits until that many sleeps and limits are not over, or the task is cancelled.
    public func settle(_ count: Int) async {
        while !Task.isCancelled, waiting != count { await Task.yield() }
    }

    /// Waits until that many sleeps are not over, whatever limits there are, or the task is cancelled.
    public func settle(sleeps count: Int) async {
        while !Task.isCancelled, sleeping != count { await Task.yield() }
    }

    private func makeID() -> Int {
        state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }
}
