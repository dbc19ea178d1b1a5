/// What the fault proxy does, as its plan says it. Every one of them happens to every kind of call.
enum ProxyFaults {
    /// The service answers, and the answer is bad.
    static let answers = [
        "slowdown", "internal", "unavailable", "expired-token", "skew", "denied", "conflict", "request-timeout",
        "quota",
        "strange", "error-200", "html-502",
    ]
    /// The connection breaks, hangs or lies.
    static let wire = [
        "reset-before-body", "reset-after-body", "lost-reply", "truncate", "stall", "stall-body", "corrupt", "latency",
    ]
    static let all = answers + wire

    /// One rule of a plan.
    ///
    /// - Parameter selectors: of the calls that it is about, in JSON and without braces.
    static func rule(_ fault: String, _ selectors: String, first: Int? = 1) -> String {
        let count = first.map { #", "first": \#($0)"# } ?? ""
        return #"{"fault": "\#(fault)", "seconds": 0.05, \#(selectors)\#(count)}"#
    }
}

/// What came of each fault: a line for an outcome, with the faults that end so.
struct FaultTable {
    private var faults: [String: [String]] = [:]
    /// How many calls are made if nothing is wrong.
    private let calls: Int

    /// - Parameter calls: how often the call is made if nothing is wrong.
    init(calls: Int) { self.calls = calls }

    /// - Parameters:
    ///   - code: of the error that ended the step; nil for success.
    ///   - calls: nil if their number says nothing, as with calls that wait for something.
    mutating func add(_ fault: String, _ code: String?, calls: Int?) {
        let again = calls.map { $0 - self.calls } ?? 0
        let outcome =
            code ?? (again == 0 ? "done" : again == 1 ? "done, with one more call" : "done, with \(again) more")
        faults[outcome, default: []].append(fault)
    }

    var lines: [String] { faults.map { "\($0): \($1.joined(separator: " "))" }.sorted() }
}
