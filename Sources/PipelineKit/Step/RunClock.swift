public import FoundationEssentials
internal import Synchronization

/// The only source of time for the engine and the steps.
public protocol RunClock: Sendable {
    /// The monotonic time, for timeouts and durations.
    var now: ContinuousClock.Instant { get }

    /// The time of day, for records.
    var date: Date { get }

    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func sleep(for duration: Duration) async throws

    /// Calls `expired` once when the time is over, unless the limit is lifted before. It differs from a sleep only in
    /// tests: there it never advances the time.
    func limit(_ duration: Duration, _ expired: @escaping @Sendable () -> Void) -> TimeLimit
}

/// A time limit that has been set.
public struct TimeLimit: Sendable {
    /// Cancels the limit. If it is over already, this does nothing.
    public let lift: @Sendable () -> Void

    public init(lift: @escaping @Sendable () -> Void) {
        self.lift = lift
    }
}

extension RunClock {
    /// Waits until the time is over, concurrently with the work that it limits.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled, which is what happens when the work is done.
    public func expire(after duration: Duration) async throws {
        let wait = LimitedWait()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                wait.begin(continuation) { limit(duration) { wait.end(.success(())) } }
            }
        } onCancel: {
            wait.end(.failure(CancellationError()))
        }
    }
}

/// A task's wait for a limit or for its own cancellation.
private final class LimitedWait: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Void, any Error>, TimeLimit?)
        case ended(Result<Void, any Error>)
    }

    private let state = Mutex(State.idle)

    /// Starts the wait. The limit is set only once the continuation is known, since it may be over at once.
    func begin(_ continuation: CheckedContinuation<Void, any Error>, _ set: () -> TimeLimit) {
        let ended = state.withLock { state -> Result<Void, any Error>? in
            if case .ended(let result) = state { return result }
            state = .waiting(continuation, nil)
            return nil
        }
        if let ended { return continuation.resume(with: ended) }
        let limit = set()
        let isOver = state.withLock { state in
            guard case .waiting = state else { return true }
            state = .waiting(continuation, limit)
            return false
        }
        if isOver { limit.lift() }
    }

    func end(_ result: Result<Void, any Error>) {
        let waiting = state.withLock { state -> (CheckedContinuation<Void, any Error>, TimeLimit?)? in
            defer { if case .ended = state {} else { state = .ended(result) } }
            if case .waiting(let continuation, let limit) = state { return (continuation, limit) }
            return nil
        }
        guard let (continuation, limit) = waiting else { return }
        limit?.lift()
        continuation.resume(with: result)
    }
}

/// The machine's clock.
public struct SystemClock: RunClock {
    public init() {}

    public var now: ContinuousClock.Instant { .now }
    public var date: Date { Date() }

    public func sleep(for duration: Duration) async throws {
        try await ContinuousClock().sleep(for: duration)
    }

    public func limit(_ duration: Duration, _ expired: @escaping @Sendable () -> Void) -> TimeLimit {
        LimitTimer.shared.set(now.advanced(by: duration), expired)
    }
}
