internal import Synchronization

/// Why a run must stop.
public enum CancelCause: Sendable, Hashable {
    /// SIGINT, or the end of the task that runs the engine.
    case interrupted
    /// SIGTERM.
    case terminated
    /// SIGHUP: the terminal or the connection is gone.
    case hungUp
    /// SIGQUIT.
    case quit
    /// The pipeline's own `timeout`.
    case timeout
}

/// Asks a run to stop. Guarded work is cancelled; a rollback and `finally` are not guarded, so they continue.
public final class Cancellation: Sendable {
    private struct State {
        var cause: CancelCause?
        var guarded: [Int: @Sendable () -> Void] = [:]
        var nextID = 0
        var note: (@Sendable (CancelCause) async -> Void)?
        var restores: [(step: String, work: Restore)] = []
        /// Those that have begun, by their steps.
        var restoring: [String: Task<Void, Never>] = [:]
    }

    /// Restores what visitors notice of a step, ahead of its turn. It returns a sentence about what it has restored, or
    /// nil if that was nothing.
    typealias Restore = @Sendable () async -> String?

    private let state = Mutex(State())

    public init() {}

    /// The cause of the first request.
    public var cause: CancelCause? { state.withLock(\.cause) }

    /// Asks the run to stop. Later requests change nothing.
    public func request(_ cause: CancelCause) {
        _ = ask(cause)
    }

    /// Asks as `request` does, and returns when the journal says that the run must roll back. If the process is killed
    /// after that, the process that recovers the run will not go forward with it.
    ///
    /// What visitors notice is restored from then on, whatever the run is doing: a step may take its time to end, and
    /// whoever sends the signal may kill the process soon.
    ///
    /// - Parameter restored: gets a sentence about each part that is restored.
    public func requestDurably(
        _ cause: CancelCause, restored: @escaping @Sendable (String) -> Void = { _ in }
    ) async {
        await ask(cause)?(cause)
        beginRestores(restored)
    }

    /// Offers a restoration to later signals: the last one offered begins first. Each step has one at most.
    func offerRestore(of step: String, _ work: @escaping Restore) {
        state.withLock { state in
            guard state.restoring[step] == nil, !state.restores.contains(where: { $0.step == step }) else { return }
            state.restores.append((step, work))
        }
    }

    /// Returns when no signal restores anything of a step, now or later: its rollback has its turn.
    func settleRestore(of step: String) async {
        let task = state.withLock { state in
            state.restores.removeAll { $0.step == step }
            return state.restoring[step]
        }
        await task?.value
    }

    /// Lets no signal restore anything more.
    func withdrawRestores() { state.withLock { $0.restores = [] } }

    private func beginRestores(_ restored: @escaping @Sendable (String) -> Void) {
        state.withLock { state in
            for (step, work) in state.restores.reversed() {
                state.restoring[step] = Workplace.task {
                    if let sentence = await work() { restored(sentence) }
                }
            }
            state.restores = []
        }
    }

    /// - Returns: the closure that notes the request, if the request turns the run back.
    private func ask(_ cause: CancelCause) -> (@Sendable (CancelCause) async -> Void)? {
        let (cancels, note) = state.withLock {
            state -> ([@Sendable () -> Void], (@Sendable (CancelCause) async -> Void)?) in
            guard state.cause == nil else { return ([], nil) }
            state.cause = cause
            return (Array(state.guarded.values), state.note)
        }
        for cancel in cancels { cancel() }
        return note
    }

    /// Sets how a request is noted, for as long as one turns the run back; nil ends that.
    func noteRequests(_ note: (@Sendable (CancelCause) async -> Void)?) {
        state.withLock { $0.note = note }
    }

    /// Ends the time in which a request can turn the run back.
    ///
    /// - Returns: the cause of one that came in time.
    func close() -> CancelCause? {
        state.withLock { state in
            state.note = nil
            if state.cause == nil { state.restores = [] }
            return state.cause
        }
    }

    /// Runs work that a request cancels. If a request was made before, the work does not start.
    func guarding<Result: Sendable>(
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        // It starts under the lock, so that the work cannot be running while a request would not reach it.
        let started = state.withLock { state -> (id: Int, task: Task<Result, any Error>)? in
            guard state.cause == nil else { return nil }
            let task = Workplace.task { try await work() }
            state.nextID += 1
            state.guarded[state.nextID] = { task.cancel() }
            return (state.nextID, task)
        }
        guard let (id, task) = started else { throw CancellationError() }
        defer { state.withLock { _ = $0.guarded.removeValue(forKey: id) } }
        return try await task.value
    }
}
