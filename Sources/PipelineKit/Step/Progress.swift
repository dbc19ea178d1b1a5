/// How far a step's attempt has come. Cheap to call often: what shows it decides how often to draw.
public struct Progress: Sendable {
    public struct State: Sendable, Hashable {
        public var done: Int
        public var total: Int?
        /// "files", "edges": what is counted.
        public var unit: String
        public var bytes: Int
        /// What is at work now, such as a key.
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
