package import ObjectStorage
package import SystemPackage

/// The objects below a prefix in the order of their keys' bytes, whatever order the server gives them in: some list
/// folder by folder. What does not fit into a few MiB of memory is sorted on the disk.
package final class SortedListing: Sendable {
    private let runs: [ListingRun]
    /// How many sorted pieces it took.
    var runCount: Int { runs.count }
    /// All of them.
    package let count: Int

    init(_ runs: [ListingRun], count: Int) {
        (self.runs, self.count) = (runs, count)
    }

    /// - Parameters:
    ///   - prefix: ends with `/`, or is empty.
    ///   - folder: for what does not fit into memory.
    ///   - memory: how much may stay there, in bytes.
    ///   - look: called with each key behind the prefix, as they come.
    package static func of(
        _ objects: any ObjectStorage, below prefix: String, in folder: FilePath, memory: Int = 4 << 20,
        look: (String) throws -> Void = { _ in }
    ) async throws -> SortedListing {
        let collector = ListingCollector(in: folder, memory: memory)
        let length = prefix.utf8.count
        for try await page in objects.listObjects(prefix: prefix) {
            for object in page.objects where object.key.utf8.count > length {
                let key = object.key.withoutStart(prefix)
                try look(key)
                try collector.add(ListedFile(key: key, size: object.size, etag: object.etag))
            }
        }
        return try collector.finish()
    }

    deinit {
        ListingRun.remove(runs)
    }

    /// A walk through all of them. It belongs to the task or thread that made it, and needs the listing to be kept.
    package func makeReader() throws -> Reader { try Reader(runs) }

    package final class Reader {
        private let sources: [() throws -> ListedFile?]
        private var heads: [ListedFile?]

        fileprivate init(_ runs: [ListingRun]) throws {
            sources = try runs.map { try $0.reader() }
            heads = try sources.map { try $0() }
        }

        /// The next one, or nil at the end.
        package func next() throws -> ListedFile? {
            var least: (place: Int, file: ListedFile)?
            for (place, head) in heads.enumerated() {
                guard let head else { continue }
                if let best = least, !head.key.precedesByBytes(best.file.key) { continue }
                least = (place, head)
            }
            guard let least else { return nil }
            heads[least.place] = try sources[least.place]()
            return least.file
        }
    }
}

/// One object as a listing tells of it.
package struct ListedFile: Hashable, Sendable {
    /// Behind the prefix that was listed.
    package var key: String
    /// In bytes.
    package var size: Int
    /// With its quotes.
    package var etag: String
}
