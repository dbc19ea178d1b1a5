public import PipelineKit
internal import Synchronization

/// What scripted steps change, and what they need to play their parts.
public final class World: Sendable {
    private struct State {
        var values: [String: String]
        var tries: [String: Int] = [:]
        var keys: [String: Set<String>] = [:]
        var reports: [String] = []
        var cancelCaller: (@Sendable () -> Void)?
    }

    public let recorder: Recorder
    public let clock: TestClock
    public let cancellation: Cancellation
    /// How many time limits are set while a step runs.
    let limits: Int
    private let state: Mutex<State>

    public init(
        _ values: [String: String] = [:], recorder: Recorder, clock: TestClock, cancellation: Cancellation, limits: Int
    ) {
        state = Mutex(State(values: values))
        self.recorder = recorder
        self.clock = clock
        self.cancellation = cancellation
        self.limits = limits
    }

    public var values: [String: String] { state.withLock(\.values) }
    /// The idempotency keys that each step was called with.
    public var keys: [String: Set<String>] { state.withLock(\.keys) }

    /// What steps saw of those before them.
    public var reports: [String] { state.withLock(\.reports) }

    func noteReports(_ reports: [StepReport]) { state.withLock { $0.reports += reports.map { "\($0)" } } }

    public subscript(key: String) -> String? {
        get { state.withLock { $0.values[key] } }
        set { state.withLock { $0.values[key] = newValue } }
    }

    func onCallerCancel(_ cancel: @escaping @Sendable () -> Void) { state.withLock { $0.cancelCaller = cancel } }

    func cancelCaller() async {
        while state.withLock({ $0.cancelCaller == nil }) { await Task.yield() }
        state.withLock(\.cancelCaller)?()
    }

    func noteKey(_ key: String, of step: String) { state.withLock { _ = $0.keys[step, default: []].insert(key) } }

    /// Counts the calls of a part of a step, from 0.
    func nextTry(of part: String) -> Int {
        state.withLock { state in
            defer { state.tries[part, default: 0] += 1 }
            return state.tries[part, default: 0]
        }
    }
}

struct WorldKey: ContextKey {
    static let defaultValue: World? = nil
}
