/// What a step would change: the first changes in detail, and the number of changes of each verb.
///
/// A site may have millions of files. A step adds each of them, and the code that shows the list says how many it
/// leaves out.
public struct ChangeList: Hashable, Sendable {
    /// The number of changes of one verb, and their bytes together.
    public struct Total: Hashable, Sendable {
        public var count = 0
        public var bytes = 0
    }

    /// The number of changes that are kept in detail.
    public static let limit = 1_000

    /// At most `limit` changes, in the order in which they were added.
    public private(set) var first: [Change] = []
    public private(set) var totals: [Change.Verb: Total] = [:]

    public init() {}

    public init(_ changes: some Sequence<Change>) {
        for change in changes { add(change) }
    }

    /// The number of all changes, including those that are not kept in detail.
    public var count: Int { totals.values.reduce(0) { $0 + $1.count } }
    public var isEmpty: Bool { totals.isEmpty }
    /// True if `first` has all changes.
    public var isWhole: Bool { count == first.count }

    public mutating func add(_ change: Change) {
        add(change.verb, bytes: change.bytes) { change }
    }

    /// - Parameter change: makes the change; called only if it is kept.
    public mutating func add(_ verb: Change.Verb, bytes: Int?, _ change: () -> Change) {
        totals[verb, default: Total()].count += 1
        totals[verb, default: Total()].bytes += bytes ?? 0
        if first.count < Self.limit { first.append(change()) }
    }

    /// The changes of two lists, those of the first one first.
    public static func + (left: ChangeList, right: ChangeList) -> ChangeList {
        var list = left
        list.first += right.first.prefix(limit - list.first.count)
        list.totals.merge(right.totals) { Total(count: $0.count + $1.count, bytes: $0.bytes + $1.bytes) }
        return list
    }

    /// Returns the list with each kept change transformed.
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
