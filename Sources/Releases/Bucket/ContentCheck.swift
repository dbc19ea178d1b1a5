internal import ObjectStorage
internal import Digest
internal import PipelineKit
internal import SystemPackage

/// Compares the objects of a release with a manifest, one by one.
struct ContentCheck: Sendable {
    let store: BucketStore
    let version: ReleaseVersion
    static let concurrency = 16

    /// - Parameter readsAll: true to read the bytes back even if the storage knows their SHA-256.
    /// - Returns: the keys whose bytes are not those of the manifest, in its order.
    func wrongKeys(_ manifest: FilePath, readsAll: Bool) async throws -> [String] {
        let entries = try Manifest.Reader(manifest)
        let wrong = try await withThrowingTaskGroup(of: String?.self) { group in
            var (wrong, underWay) = ([String](), 0)
            while let entry = try entries.next() {
                if underWay == Self.concurrency {
                    if let key = try await group.next() ?? nil { wrong.append(key) }
                    underWay -= 1
                }
                group.addTask { try await isRight(entry, readsAll: readsAll) ? nil : entry.key }
                underWay += 1
            }
            for try await key in group { if let key { wrong.append(key) } }
            return wrong
        }
        return wrong.sorted { $0.precedesByBytes($1) }
    }

    private func isRight(_ entry: ManifestEntry, readsAll: Bool) async throws -> Bool {
        let key = store.prefix(of: version) + entry.key
        if !readsAll, let digest = SHA256Digest(hex: entry.sha256) {
            guard let info = try await store.objects.headObject(key) else { return false }
            if let isRight = info.matches(digest) { return isRight && info.size == entry.size }
        }
        return try await store.objects.readDigest(of: key)?.description == entry.sha256
    }
}
