internal import Synchronization

/// Work that is better ended late than left in the middle, such as the one write that visitors notice.
///
/// A cancellation reaches it only after a grace. A process that ends at once still waits for it as long.
public final class ShieldedWork: Sendable {
    /// How long the work may still take after somebody has asked for its end. CI systems kill 2.5 s after their second
    /// signal.
    public static let grace = Duration.seconds(2)

    private struct State {
        var isClosed = false
        var nextID = 0
        var ends: [Int: @Sendable () async -> Void] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    /// - Throws: `CancellationError` if the task was cancelled before; what the work throws.
    public func run<Result: Sendable>(
        _ clock: any RunClock, _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try Task.checkCancellation()
        // It starts under the lock, so that nobody who closes this misses it.
        let started = state.withLock { state -> (id: Int, task: Task<Result, any Error>)? in
            if state.isClosed { return nil }
            let task = Workplace.task { try await work() }
            state.nextID += 1
            state.ends[state.nextID] = { _ = await task.result }
            return (state.nextID, task)
        }
        guard let (id, task) = started else {
            // The process is about to end: an error would only be told as one that it is not.
            for await _ in AsyncStream(Never.self, { (_: AsyncStream<Never>.Continuation) in }) {}
            throw CancellationError()
        }
        defer { state.withLock { _ = $0.ends.removeValue(forKey: id) } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            _ = Workplace.task {
                try? await clock.sleep(for: Self.grace)
                task.cancel()
            }
        }
    }

    /// Lets no more work begin, and returns when that at work has ended.
    public func close() async {
        let ends = state.withLock { state in
            state.isClosed = true
            return Array(state.ends.values)
        }
        for end in ends { await end() }
    }
}
