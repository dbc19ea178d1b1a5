internal import Synchronization

/// Reports how far a step's attempt has come. It is cheap to call often: the display decides how often to draw.
public struct Progress: Sendable {
    public struct State: Sendable, Hashable {
        public var done: Int
        public var total: Int?
        /// What is counted, such as "files" or "edges".
        public var unit: String
        public var bytes: Int
        /// What is being processed now, such as a key.
        public var detail: String
        /// What holds the work up just now, such as "CloudFront asks for fewer requests"; nil if nothing is known to.
        public var slowedBy: String?

        public init(
            done: Int, total: Int?, unit: String, bytes: Int = 0, detail: String = "", slowedBy: String? = nil
        ) {
            self.done = done
            self.total = total
            self.unit = unit
            self.bytes = bytes
            self.detail = detail
            self.slowedBy = slowedBy
        }

        /// True if only what holds the work up is known.
        public var isUncounted: Bool { unit.isEmpty }
    }

    private let report: @Sendable (State) -> Void
    private let last = LastState()

    public init(_ report: @escaping @Sendable (State) -> Void) {
        self.report = report
    }

    public func callAsFunction(_ state: State) {
        last.state.withLock { $0 = state }
        report(state)
    }

    /// Reports that something holds the work up, such as a server that asks for fewer requests. How far it has come stays.
    public func slowed(by reason: String) {
        var state = last.state.withLock(\.self) ?? State(done: 0, total: nil, unit: "")
        state.slowedBy = reason
        report(state)
    }

    private final class LastState: Sendable {
        let state = Mutex<State?>(nil)
    }

    public static let silent = Progress { _ in }
}
