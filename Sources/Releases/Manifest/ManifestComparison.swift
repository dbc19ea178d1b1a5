/// How two releases differ, found by walking two sorted streams of entries side by side.
public struct ManifestComparison: Sendable {
    public struct Difference: Hashable, Sendable {
        public enum Reason: String, Sendable {
            case added, removed, content, headers
        }

        public var key: String
        public var reason: Reason
    }

    /// The first ones, in the order of the keys.
    public private(set) var first: [Difference] = []
    public private(set) var count = 0

    public var isEmpty: Bool { count == 0 }

    /// - Parameter limit: how many differences are kept; all are counted.
    public init(
        from old: () throws -> ManifestEntry?, to new: () throws -> ManifestEntry?, limit: Int = 10
    ) rethrows {
        var (left, right) = (try old(), try new())
        while left != nil || right != nil {
            if let known = left, right.map({ known.key.precedesByBytes($0.key) }) ?? true {
                add(known.key, .removed, limit)
                left = try old()
            } else if let wanted = right, left.map({ wanted.key.precedesByBytes($0.key) }) ?? true {
                add(wanted.key, .added, limit)
                right = try new()
            } else if let known = left, let wanted = right {
                if !known.hasSameContent(as: wanted) {
                    add(wanted.key, .content, limit)
                } else if !known.hasSameHeaders(as: wanted) {
                    add(wanted.key, .headers, limit)
                }
                (left, right) = (try old(), try new())
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
