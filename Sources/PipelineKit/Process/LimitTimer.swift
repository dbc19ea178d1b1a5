internal import Dispatch
internal import Synchronization

/// Waits for many limits of time with one timer of the system: that of the earliest.
///
/// Nearly every limit is given up long before its time, because the work that it limits is done. A timer for each cost
/// more than a short step itself.
final class LimitTimer: Sendable {
    static let shared = LimitTimer()

    private struct State {
        var nextID = 0
        var waiting: [Int: (due: ContinuousClock.Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]
        /// Cancelled before they waited.
        var cancelled: Set<Int> = []
        /// When the system's timer fires next.
        var nextFiring: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func wait(until due: ContinuousClock.Instant) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return true }
                    state.waiting[id] = (due, continuation)
                    schedule(due, &state)
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                let waiting = state.waiting.removeValue(forKey: id)
                if waiting == nil { state.cancelled.insert(id) }
                return waiting
            }
            waiting?.continuation.resume(throwing: CancellationError())
        }
        // A cancel that came after the end has left its number.
        state.withLock { _ = $0.cancelled.remove(id) }
    }

    private func schedule(_ due: ContinuousClock.Instant, _ state: inout State) {
        if let next = state.nextFiring, next <= due { return }
        state.nextFiring = due
        let nanoseconds = max(0, ContinuousClock.now.duration(to: due).inNanoseconds)
        DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(nanoseconds)) { [self] in fire(due) }
    }

    private func fire(_ firing: ContinuousClock.Instant) {
        let ended = state.withLock { state in
            if state.nextFiring == firing { state.nextFiring = nil }
            let now = ContinuousClock.now
            let ended = state.waiting.filter { $0.value.due <= now }
            for id in ended.keys { state.waiting[id] = nil }
            if let earliest = state.waiting.values.map(\.due).min() { schedule(earliest, &state) }
            return ended.values.map(\.continuation)
        }
        for continuation in ended { continuation.resume() }
    }
}

extension Duration {
    /// Whole nanoseconds, as many as an `Int` holds.
    fileprivate var inNanoseconds: Int {
        let (seconds, overflow) = Int(components.seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max / 2 : seconds + Int(components.attoseconds / 1_000_000_000)
    }
}
