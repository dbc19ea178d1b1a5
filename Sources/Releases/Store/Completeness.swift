/// One file as a store lists it.
public struct StoredFile: Hashable, Sendable {
    public var key: String
    public var size: Int
    /// Nil if it is not known without reading the file.
    public var sha256: String?
    /// Only in a bucket; nil if it does not matter.
    public var etag: String?

    public init(key: String, size: Int, sha256: String? = nil, etag: String? = nil) {
        self.key = key
        self.size = size
        self.sha256 = sha256
        self.etag = etag
    }
}

/// The differences between a stored release and its manifest.
public struct Completeness: Hashable, Sendable {
    public enum Fault: Hashable, Sendable {
        case missing(String)
        case extra(String)
        case size(String, expected: Int, found: Int)
        case content(String)
    }

    /// The first faults, in the order of their keys.
    public private(set) var first: [Fault] = []
    public private(set) var count = 0

    public var isComplete: Bool { count == 0 }

    /// Walks two streams side by side, both in the order of their keys' bytes.
    ///
    /// - Parameter hasContent: true if a file that has the right size also has the right bytes; gets the expected file
    ///   and the one that was found.
    public init(
        expected: @escaping () throws -> StoredFile?, found: @escaping () throws -> StoredFile?, limit: Int = 10,
        hasContent: (StoredFile, StoredFile) throws -> Bool = { _, _ in true }
    ) throws {
        var join = MergeJoin(expected, found)
        while let row = try join.next() {
            switch row {
            case .left(let file): add(.missing(file.key), limit)
            case .right(let file): add(.extra(file.key), limit)
            case .both(let file, let other) where file.size != other.size:
                add(.size(file.key, expected: file.size, found: other.size), limit)
            case .both(let file, let other):
                if try !hasContent(file, other) { add(.content(file.key), limit) }
            }
        }
    }

    mutating func add(_ fault: Fault, _ limit: Int = 10) {
        count += 1
        if first.count < limit { first.append(fault) }
    }

    /// For a message: `a.css is missing, b.css has 3 bytes instead of 5, and 2 more`.
    public var text: String {
        let shown = first.map(\.text).joined(separator: ", ")
        return count > first.count ? "\(shown), and \(count - first.count) more" : shown
    }
}

extension Completeness.Fault {
    var text: String {
        switch self {
        case .missing(let key): "`\(key)` is missing"
        case .extra(let key): "`\(key)` does not belong to the release"
        case .size(let key, let expected, let found): "`\(key)` has \(found) bytes instead of \(expected)"
        case .content(let key): "`\(key)` has the right size and other bytes"
        }
    }
}
