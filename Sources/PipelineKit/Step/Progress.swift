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

        public init(done: Int, total: Int?, unit: String, bytes: Int = 0, detail: String = "") {
            self.done = done
            self.total = total
            self.unit = unit
            self.bytes = bytes
            self.detail = detail
        }
    }

    private let report: @Sendable (State) -> Void

    public init(_ report: @escaping @Sendable (State) -> Void) {
        self.report = report
    }

    public func callAsFunction(_ state: State) {
        report(state)
    }

    public static let silent = Progress { _ in }
}
