/// The calls that tell CloudFront a set of paths: one, several after each other, or one for `/*`.
public struct InvalidationPlan: Hashable, Sendable {
    /// What may be in progress at a time in one distribution.
    public static let maximumPaths = 3_000
    public static let maximumWildcards = 15

    public struct Batch: Hashable, Sendable {
        public var paths: [InvalidationPath]
        /// Says to CloudFront that a repeated call is the same call.
        public var callerReference: String

        public init(paths: [InvalidationPath], callerReference: String) {
            self.paths = paths
            self.callerReference = callerReference
        }
    }

    public let batches: [Batch]

    /// - Parameters:
    ///   - paths: repeated ones are sent once.
    ///   - reference: each batch's own is `<reference>/<number>`, from 1.
    ///   - maximum: with more paths than that, everything is invalidated.
    public init(_ paths: some Sequence<InvalidationPath>, reference: String, maximum: Int) {
        var seen: Set<InvalidationPath> = []
        var unique = paths.filter { seen.insert($0).inserted }
        if unique.count > maximum || seen.contains(.everything) { unique = [.everything] }

        var groups: [[InvalidationPath]] = []
        var wildcards = 0
        for path in unique {
            let isFull =
                groups.last.map {
                    $0.count == Self.maximumPaths || (path.isWildcard && wildcards == Self.maximumWildcards)
                }
            if isFull ?? true {
                groups.append([])
                wildcards = 0
            }
            groups[groups.count - 1].append(path)
            if path.isWildcard { wildcards += 1 }
        }
        batches = groups.enumerated().map { Batch(paths: $1, callerReference: "\(reference)/\($0 + 1)") }
    }

    public var paths: [InvalidationPath] { batches.flatMap(\.paths) }

    /// For a message: the paths if they are few, or how many there are.
    public var text: String { Self.text(of: paths.map(\.text)) }

    private static func text(of paths: [String]) -> String {
        paths.count <= 3 ? paths.map { "`\($0)`" }.joined(separator: ", ") : "\(paths.count) paths"
    }

    /// What visitors get as long as an invalidation is not done, as a sentence.
    ///
    /// - Parameter paths: as patterns; empty if they are not known.
    public static func ifUnfinished(_ paths: [String], of distribution: String) -> String {
        "edges of \(distribution) may serve what they had cached\(paths.isEmpty ? "" : " of \(text(of: paths))"): each file "
            + "until its `cache-control` ends, which is at once for `no-cache`; 24 hours if a file has none"
    }
}
