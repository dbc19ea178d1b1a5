internal import Synchronization

/// Why a run is to stop.
public enum CancelCause: Sendable, Hashable {
    /// SIGINT, or the end of the task that runs the engine.
    case interrupted
    /// SIGTERM.
    case terminated
    /// The pipeline's own `timeout`.
    case timeout
}

/// Asks a run to stop. What is guarded is cancelled; a rollback and `finally` are not guarded, and so out of its reach.
public final class Cancellation: Sendable {
    private struct State {
        var cause: CancelCause?
        var guarded: [Int: @Sendable () -> Void] = [:]
        var nextID = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// The cause of the first request.
    public var cause: CancelCause? { state.withLock(\.cause) }

    /// Later requests change nothing.
    public func request(_ cause: CancelCause) {
        let cancels = state.withLock { state -> [@Sendable () -> Void] in
            guard state.cause == nil else { return [] }
            state.cause = cause
            return Array(state.guarded.values)
        }
        for cancel in cancels { cancel() }
    }

    /// Runs work that a request cancels, and none where one was made before.
    func guarding<Result: Sendable>(
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        // Under the lock, so that the work cannot be at work while a request would not reach it.
        let started = state.withLock { state -> (id: Int, task: Task<Result, any Error>)? in
            guard state.cause == nil else { return nil }
            let task = Task { try await work() }
            state.nextID += 1
            state.guarded[state.nextID] = { task.cancel() }
            return (state.nextID, task)
        }
        guard let (id, task) = started else { throw CancellationError() }
        defer { state.withLock { _ = $0.guarded.removeValue(forKey: id) } }
        return try await task.value
    }
}
