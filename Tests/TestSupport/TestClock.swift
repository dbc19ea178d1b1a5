public import FoundationEssentials
public import PipelineKit
internal import Synchronization

/// A clock whose time moves only when somebody sleeps: at once, and by as much as was slept.
///
/// A sleep that goes beyond a limit moves the time to the limit, lets it expire, and stays
/// asleep until its task is cancelled, as the work that ran into a timeout does.
public final class TestClock: RunClock {
    private let state = Mutex(State())
    private let origin = ContinuousClock.now

    private struct State {
        var elapsed: Duration = .zero
        var sleeps: [Duration] = []
        var nextID = 0
        var limits: [Int: (due: Duration, expired: @Sendable () -> Void)] = [:]
        var stuck: [Int: CheckedContinuation<Void, any Error>] = [:]
        var cancelled: Set<Int> = []

        mutating func makeID() -> Int {
            nextID += 1
            return nextID
        }
    }

    public init() {}

    public var now: ContinuousClock.Instant {
        origin.advanced(by: state.withLock(\.elapsed))
    }

    /// 2026-01-01T00:00:00Z and what has elapsed since.
    public var date: Date {
        let components = state.withLock(\.elapsed).components
        return Date(timeIntervalSince1970: 1_767_225_600 + Double(components.seconds))
    }

    /// What was slept so far, in order.
    public var sleeps: [Duration] { state.withLock(\.sleeps) }

    public func advance(by duration: Duration) {
        state.withLock { $0.elapsed += duration }
    }

    public func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        let expired = state.withLock { state -> (@Sendable () -> Void)? in
            let end = state.elapsed + duration
            guard let first = state.limits.filter({ $0.value.due <= end }).min(by: { $0.value.due < $1.value.due })
            else {
                state.elapsed = end
                state.sleeps.append(duration)
                return nil
            }
            state.elapsed = max(state.elapsed, first.value.due)
            state.limits[first.key] = nil
            return first.value.expired
        }
        guard let expired else { return }
        expired()
        try await stay()
    }

    public func limit(_ duration: Duration, _ expired: @escaping @Sendable () -> Void) -> TimeLimit {
        let id = state.withLock { state in
            let id = state.makeID()
            state.limits[id] = (state.elapsed + duration, expired)
            return id
        }
        return TimeLimit { [self] in state.withLock { _ = $0.limits.removeValue(forKey: id) } }
    }

    /// Waits until that many limits are set, or the task is cancelled.
    public func settle(limits: Int) async {
        while !Task.isCancelled, state.withLock({ $0.limits.count < limits }) { await Task.yield() }
    }

    /// Sleeps beyond every limit, once as many as `limits` are set; work and its limit begin in no fixed order.
    public func hang(limits: Int) async throws {
        await settle(limits: limits)
        try await sleep(for: .seconds(1_000_000))
    }

    /// Sleeps until the task is cancelled.
    private func stay() async throws {
        let id = state.withLock { $0.makeID() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    guard !state.cancelled.contains(id) else { return true }
                    state.stuck[id] = continuation
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                state.cancelled.insert(id)
                return state.stuck.removeValue(forKey: id)
            }
            continuation?.resume(throwing: CancellationError())
        }
    }
}
