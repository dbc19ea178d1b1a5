internal import Dispatch
internal import Synchronization

/// Watches many time limits with one system timer, set for the earliest.
///
/// Nearly every limit is lifted long before its time, because the work that it limits is done. A timer for each cost
/// more than a short step itself.
final class LimitTimer: Sendable {
    static let shared = LimitTimer()

    private struct State {
        var nextID = 0
        var limits: [Int: (due: ContinuousClock.Instant, action: @Sendable () -> Void)] = [:]
        /// The time at which the system timer fires next.
        var nextFiring: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// Calls `action` once, at `due` or a little later, unless the limit is lifted before.
    func set(_ due: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void) -> TimeLimit {
        let id = state.withLock { state in
            state.nextID += 1
            state.limits[state.nextID] = (due, action)
            schedule(due, &state)
            return state.nextID
        }
        return TimeLimit { [self] in state.withLock { _ = $0.limits.removeValue(forKey: id) } }
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
            let ended = state.limits.filter { $0.value.due <= now }
            for id in ended.keys { state.limits[id] = nil }
            if let earliest = state.limits.values.map(\.due).min() { schedule(earliest, &state) }
            return ended.values.map(\.action)
        }
        for action in ended { action() }
    }
}

extension Duration {
    /// The duration in whole nanoseconds, limited to what an `Int` holds.
    fileprivate var inNanoseconds: Int {
        let (seconds, overflow) = Int(components.seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max / 2 : seconds + Int(components.attoseconds / 1_000_000_000)
    }
}
