internal import PipelineKit
internal import SystemPackage

/// Lists of files of one release that another one gets as well, in the form of a manifest.
enum OverlapList {
    /// Writes the entries that match (without a pattern, all of them) and whose keys the other release does not have. A
    /// key that it has stays its own, so that nothing that it serves changes. For the same reason a compressed form stays
    /// away from a file of another release: servers send `app.js.gz` in the place of `app.js`.
    ///
    /// - Returns: how many there are.
    static func write(_ match: Glob?, of from: FilePath, missingIn into: FilePath, to list: FilePath) throws -> Int {
        let neighbours = try match.map { try Neighbours(of: from, matching: $0, in: into) }
        let source = try Manifest.Reader(from)
        let taken = try SortedLookup(FilesWithSiblings(of: into).next)
        let writer = try Manifest.Writer(list, source.header)
        while let entry = try source.next() {
            if try taken.element(entry.key) != nil { continue }
            // A copy does not keep a redirect.
            if match.map({ $0.matches(entry.key) && entry.redirect == nil }) ?? true, neighbours?.allow(entry) ?? true {
                try writer.write(entry)
            }
        }
        try writer.finish()
        return writer.count
    }

    /// The files of a release that would get a compressed form, or lose theirs, by files of another one.
    private struct Neighbours {
        private var present: Set<[UInt8]> = []

        init(of from: FilePath, matching match: Glob, in into: FilePath) throws {
            var wanted: Set<[UInt8]> = []
            let source = try Manifest.Reader(from)
            while let entry = try source.next() {
                if match.matches(entry.key), let key = Self.neighbour(of: entry) { wanted.insert(key) }
            }
            if wanted.isEmpty { return }
            let files = try FilesWithSiblings(of: into)
            while let file = try files.next() {
                let key = Array(file.key.utf8)
                if wanted.contains(key) { present.insert(key) }
            }
        }

        func allow(_ entry: ManifestEntry) -> Bool {
            Self.neighbour(of: entry).map { !present.contains($0) } ?? true
        }

        private static func neighbour(of entry: ManifestEntry) -> [UInt8]? {
            if let original = ContentCoding.original(of: entry.key) { return Array(original.utf8) }
            return entry.original == nil ? nil : Array((entry.key + ".gz").utf8)
        }
    }

    /// Writes the entries of both lists, each key once. A key in both is written as the first one has it.
    ///
    /// - Parameter header: the header of the list; nil for that of the first one.
    static func merge(
        _ first: FilePath, _ second: FilePath, _ header: ManifestHeader? = nil, to list: FilePath
    ) throws {
        let (left, right) = (try Manifest.Reader(first), try Manifest.Reader(second))
        let writer = try Manifest.Writer(list, header ?? left.header)
        var join = MergeJoin(left.next, right.next)
        while let row = try join.next() {
            switch row {
            case .left(let entry), .both(let entry, _), .right(let entry): try writer.write(entry)
            }
        }
        try writer.finish()
    }
}
