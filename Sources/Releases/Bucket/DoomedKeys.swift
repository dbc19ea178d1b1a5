internal import SystemPackage

/// The keys that a manifest names and another one does not have in the same way: an object cannot tell whether its
/// headers are those that are wanted now, so that one which was to have others goes.
///
/// It belongs to the task that reads.
final class DoomedKeys {
    private let doomed: Manifest.Reader
    private let kept: SortedLookup<ManifestEntry>?
    private let prefix: String

    init(_ manifest: FilePath, keeping: FilePath?, prefix: String) throws {
        doomed = try Manifest.Reader(manifest)
        kept = try keeping.map { try SortedLookup(Manifest.Reader($0).next) }
        self.prefix = prefix
    }

    /// Up to `count` keys, as they stand in the bucket; nil at the end.
    func next(_ count: Int) throws -> [String]? {
        var keys: [String] = []
        while keys.count < count, let entry = try doomed.next() {
            if let known = try kept?.element(entry.key), known.hasSameContent(as: entry),
                known.hasSameHeaders(as: entry)
            {
                continue
            }
            keys.append(prefix + entry.key)
        }
        return keys.isEmpty ? nil : keys
    }
}
