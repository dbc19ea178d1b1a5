internal import AWS
internal import Digest
internal import PipelineKit
internal import SystemPackage

/// Reads a release back, object by object.
struct ContentCheck: Sendable {
    let store: BucketStore
    let version: ReleaseVersion
    static let concurrency = 16

    /// - Returns: the keys whose bytes are not those of the manifest, in its order.
    func wrongKeys(_ manifest: FilePath) async throws -> [String] {
        let entries = try Manifest.Reader(manifest)
        let wrong = try await withThrowingTaskGroup(of: String?.self) { group in
            var (wrong, underWay) = ([String](), 0)
            while let entry = try entries.next() {
                if underWay == Self.concurrency {
                    if let key = try await group.next() ?? nil { wrong.append(key) }
                    underWay -= 1
                }
                group.addTask { try await isRight(entry) ? nil : entry.key }
                underWay += 1
            }
            for try await key in group { if let key { wrong.append(key) } }
            return wrong
        }
        return wrong.sorted { $0.precedesByBytes($1) }
    }

    private func isRight(_ entry: ManifestEntry) async throws -> Bool {
        let key = store.prefix(of: version) + entry.key
        return try await store.client.getObject(key, to: { _ in true })?.sha256.description == entry.sha256
    }
}
