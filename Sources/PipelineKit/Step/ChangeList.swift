/// What a step would change: the first changes one by one, and how many there are of each verb.
///
/// A site may have millions of files. A step adds each of them, and whoever shows the list says how many it leaves out.
public struct ChangeList: Hashable, Sendable {
    /// How many there are of one verb, and how many bytes they have together.
    public struct Total: Hashable, Sendable {
        public var count = 0
        public var bytes = 0
    }

    /// As many are kept one by one.
    public static let limit = 1_000

    /// At most `limit`, in the order in which they were added.
    public private(set) var first: [Change] = []
    public private(set) var totals: [Change.Verb: Total] = [:]

    public init() {}

    public init(_ changes: some Sequence<Change>) {
        for change in changes { add(change) }
    }

    /// Of all, also of those that are not kept one by one.
    public var count: Int { totals.values.reduce(0) { $0 + $1.count } }
    public var isEmpty: Bool { totals.isEmpty }
    /// Whether `first` has all of them.
    public var isWhole: Bool { count == first.count }

    public mutating func add(_ change: Change) {
        add(change.verb, bytes: change.bytes) { change }
    }

    /// - Parameter change: asked only if it is kept.
    public mutating func add(_ verb: Change.Verb, bytes: Int?, _ change: () -> Change) {
        totals[verb, default: Total()].count += 1
        totals[verb, default: Total()].bytes += bytes ?? 0
        if first.count < Self.limit { first.append(change()) }
    }

    /// The same changes in other words.
    func map(_ body: (Change) -> Change) -> ChangeList {
        var list = self
        list.first = first.map(body)
        return list
    }
}

extension ChangeList: ExpressibleByArrayLiteral {
    public init(arrayLiteral changes: Change...) {
        self.init(changes)
    }
}
