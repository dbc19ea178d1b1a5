internal import AWS
internal import PipelineKit
public import SystemPackage

extension BucketStore {
    public func accept(_ entry: ManifestEntry, in version: ReleaseVersion) throws {
        try ObjectRules.check(entry, below: prefix(of: version))
    }

    public func hasFiles(of version: ReleaseVersion) async throws -> Bool {
        for try await page in client.listObjects(prefix: prefix(of: version)) {
            if !page.objects.isEmpty { return true }
        }
        return false
    }

    /// An object is durable as soon as S3 has taken it.
    public func settle() async throws {}

    public func check(
        _ version: ReleaseVersion, against manifest: FilePath, _ verification: Verification, in folder: FilePath
    ) async throws -> Completeness {
        let listing = try await SortedListing(of: client, below: prefix(of: version), in: folder)
        var completeness = try await BlockingWork.run { flag in
            let (entries, found) = (try Manifest.Reader(manifest), try listing.makeReader())
            return try Completeness(
                expected: { try entries.next().map { StoredFile(key: $0.key, size: $0.size, sha256: $0.sha256) } },
                found: {
                    try flag.check()
                    return try found.next().map { StoredFile(key: $0.key, size: $0.size) }
                })
        }
        // Reading everything back would only repeat what is known already.
        if verification == .full, completeness.isComplete {
            for key in try await ContentCheck(store: self, version: version).wrongKeys(manifest) {
                completeness.add(.content(key))
            }
        }
        return completeness
    }

    public func removeFiles(
        of version: ReleaseVersion, namedBy manifest: FilePath, keeping: FilePath?
    ) async throws {
        let doomed = try DoomedKeys(manifest, keeping: keeping, prefix: prefix(of: version))
        while let keys = try doomed.next(S3Client.maximumKeysPerDeletion) {
            try await client.deleteObjects(keys)
        }
        if keeping == nil { try await abortUploads(of: version) }
    }

    /// What a run that was killed has sent of large files and not joined: it costs money, and nobody sees it.
    func abortUploads(of version: ReleaseVersion) async throws {
        do {
            for upload in try await client.listMultipartUploads(prefix: prefix(of: version)) {
                try await client.abortUntilGone(upload.key, uploadID: upload.uploadID, clock: clock)
            }
        } catch let error as AWSError where error.status == 403 || error.status == 501 {
            // Tidying up is worth no failure: who may not list uploads lets a lifecycle rule end them.
            return
        }
    }
}

/// The keys that a manifest names and another one does not have in the same way: an object cannot tell whether its
/// headers are those that are wanted now, so that one which was to have others goes.
///
/// It belongs to the task that reads.
final class DoomedKeys {
    private let doomed: Manifest.Reader
    private let kept: Manifest.Reader?
    private let prefix: String
    private var next: ManifestEntry?

    init(_ manifest: FilePath, keeping: FilePath?, prefix: String) throws {
        doomed = try Manifest.Reader(manifest)
        kept = try keeping.map { try Manifest.Reader($0) }
        next = try kept?.next()
        self.prefix = prefix
    }

    /// Up to `count` keys, as they stand in the bucket; nil at the end.
    func next(_ count: Int) throws -> [String]? {
        var keys: [String] = []
        while keys.count < count, let entry = try doomed.next() {
            while let known = next, known.key.precedesByBytes(entry.key) { next = try kept?.next() }
            if let known = next, known.key.hasSameBytes(as: entry.key), known.hasSameContent(as: entry),
                known.hasSameHeaders(as: entry)
            {
                continue
            }
            keys.append(prefix + entry.key)
        }
        return keys.isEmpty ? nil : keys
    }
}
