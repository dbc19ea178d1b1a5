/// What a step would change: the first changes in detail, the number of changes of each verb, and what else a reader of a
/// plan wants to know.
///
/// A site may have millions of files. A step adds each of them, and the code that shows the list says how many it
/// leaves out.
public struct ChangeList: Hashable, Sendable {
    /// The number of changes of one verb, and their bytes together.
    public struct Total: Hashable, Sendable {
        public var count = 0
        public var bytes = 0
    }

    /// What the changes do to the files of a site.
    public struct Files: Hashable, Sendable {
        public var new = 0
        public var changed = 0
        public var gone = 0
        public var unchanged = 0
        /// What must be sent, in bytes.
        public var bytes = 0
        /// True if visitors get the files that are gone, so that those will be "404 Not Found" for them.
        public var areLive = false

        public init() {}

        public static func + (left: Self, right: Self) -> Self {
            var sum = left
            sum.new += right.new
            sum.changed += right.changed
            sum.gone += right.gone
            sum.unchanged += right.unchanged
            sum.bytes += right.bytes
            sum.areLive = left.areLive || right.areLive
            return sum
        }
    }

    /// The number of changes that are kept in detail.
    public static let limit = 1_000

    /// Those that change something.
    private var news: [Numbered] = []
    /// Those that copy something or leave it as it is. They are kept apart: among thousands of them, the one new file
    /// must not be lost.
    private var rest: [Numbered] = []
    /// The number of all changes, including those that are not kept in detail.
    public private(set) var count = 0
    public private(set) var totals: [Change.Verb: Total] = [:]
    /// What the changes come to, in a sentence of the kind without a full stop. If it is nil, the totals say it.
    public var summary: String?
    /// False if a list of the changes says nothing that the summary does not: each file of a first release is new.
    public var isWorthListing = true
    /// Nil if the changes are not about files of a site.
    public var files: Files?
    /// What else there is to know of the changes, a sentence each, without a full stop.
    public var notes: [String] = []
    /// Permissions that the change needs, such as `s3:PutObject`, and that can be asked for only by using them.
    public var unprovenRights: [String] = []
    /// Gets every change; nil if nobody asks for more than the first ones.
    public var record: ChangeRecord?

    private struct Numbered: Hashable, Sendable {
        var number: Int
        var change: Change
    }

    public init() {}

    public init(_ changes: some Sequence<Change>) {
        for change in changes { add(change) }
    }

    /// At most `limit` changes, in the order in which they were added. What is only copied or stays as it is comes in if
    /// there is room.
    public var first: [Change] {
        (news + rest.prefix(Self.limit - news.count)).sorted { $0.number < $1.number }.map(\.change)
    }

    public var isEmpty: Bool { count == 0 }
    /// True if `first` has all changes.
    public var isWhole: Bool { count <= Self.limit }

    public mutating func add(_ change: Change) {
        add(change.verb, bytes: change.bytes) { change }
    }

    /// - Parameter change: makes the change; called only if it is kept.
    public mutating func add(_ verb: Change.Verb, bytes: Int?, _ change: () -> Change) {
        let number = count
        count += 1
        totals[verb, default: Total()].count += 1
        totals[verb, default: Total()].bytes += bytes ?? 0
        let isKept = verb.changesSomething ? news.count < Self.limit : rest.count < Self.limit
        guard isKept || record != nil else { return }
        let made = change()
        record?.add(made)
        guard isKept else { return }
        if verb.changesSomething {
            news.append(Numbered(number: number, change: made))
        } else {
            rest.append(Numbered(number: number, change: made))
        }
    }

    /// Returns the list with each text transformed.
    func map(_ text: (String) -> String) -> ChangeList {
        var list = self
        for index in list.news.indices { list.news[index].change = list.news[index].change.map(text) }
        for index in list.rest.indices { list.rest[index].change = list.rest[index].change.map(text) }
        list.summary = summary.map(text)
        list.notes = notes.map(text)
        return list
    }
}

extension ChangeList: ExpressibleByArrayLiteral {
    public init(arrayLiteral changes: Change...) {
        self.init(changes)
    }
}
