internal import SystemPackage

/// The keys that a manifest names and another one does not have in the same way. An object cannot tell whether its
/// headers are those that are wanted now, so one whose headers must change goes.
///
/// It belongs to the task that reads.
package final class KeysToDelete {
    private let named: Manifest.Reader
    private let kept: SortedLookup<ManifestEntry>?
    private let prefix: String

    /// How many are deleted between two looks at whether they may be. As many as S3 deletes in one call.
    package static let portion = 1_000

    /// - Parameters:
    ///   - keeping: the manifest whose files stay; nil keeps none.
    ///   - prefix: of the keys in the bucket.
    init(_ manifest: FilePath, keeping: FilePath?, prefix: String) throws {
        named = try Manifest.Reader(manifest)
        kept = try keeping.map { try SortedLookup(Manifest.Reader($0).next) }
        self.prefix = prefix
    }

    /// The next portion of keys, as they are in the bucket; nil at the end.
    func next() throws -> [String]? {
        var keys: [String] = []
        while keys.count < Self.portion, let entry = try named.next() {
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
