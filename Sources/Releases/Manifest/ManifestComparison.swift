/// The differences between two releases, found by walking two sorted streams of entries side by side.
public struct ManifestComparison: Sendable {
    public struct Difference: Hashable, Sendable {
        public enum Reason: String, Sendable {
            case added, removed, content, headers
        }

        public var key: String
        public var reason: Reason
    }

    /// The first differences, in the order of the keys.
    public private(set) var first: [Difference] = []
    public private(set) var count = 0

    public var isEmpty: Bool { count == 0 }

    /// - Parameter limit: how many differences are kept; all are counted.
    public init(
        from old: @escaping () throws -> ManifestEntry?, to new: @escaping () throws -> ManifestEntry?, limit: Int = 10
    ) throws {
        var join = MergeJoin(old, new)
        while let row = try join.next() {
            switch row {
            case .left(let known): add(known.key, .removed, limit)
            case .right(let wanted): add(wanted.key, .added, limit)
            case .both(let known, let wanted) where !known.hasSameContent(as: wanted):
                add(wanted.key, .content, limit)
            case .both(let known, let wanted):
                if !known.hasSameHeaders(as: wanted) { add(wanted.key, .headers, limit) }
            }
        }
    }

    private mutating func add(_ key: String, _ reason: Difference.Reason, _ limit: Int) {
        count += 1
        if first.count < limit { first.append(Difference(key: key, reason: reason)) }
    }

    /// For a message: `index.html (content), new.css (added) and 7 more`.
    public var text: String {
        let shown = first.map { "\($0.key) (\($0.reason.rawValue))" }.joined(separator: ", ")
        return count > first.count ? "\(shown) and \(count - first.count) more" : shown
    }
}
