internal import AWS
internal import PipelineKit
public import SystemPackage

extension BucketStore {
    public func entryCheck(of version: ReleaseVersion) -> @Sendable (ManifestEntry) throws -> Void {
        let prefix = prefix(of: version)
        return { try ObjectRules.check($0, below: prefix) }
    }

    public func deletionCommand(of version: ReleaseVersion, _ records: [StoreRecord]) -> String {
        let objects = records.map { "aws s3 rm " + ShellWord.quoted(location(of: $0)) }
        return (["aws s3 rm --recursive " + ShellWord.quoted(location(of: version))] + objects)
            .joined(separator: " && ")
    }

    public func hasFiles(of version: ReleaseVersion) async throws -> Bool {
        let prefix = prefix(of: version)
        for try await page in client.listObjects(prefix: prefix) {
            // Consoles make an empty object in a folder's name.
            if page.objects.contains(where: { $0.key.utf8.count > prefix.utf8.count }) { return true }
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
        try await deleteObjects(of: version, namedBy: manifest, keeping: keeping)
        guard keeping == nil else { return }
        try await abortUploads(of: version)
        // An upload that was cancelled on its way may have arrived behind its deletion.
        if try await hasFiles(of: version) { try await deleteObjects(of: version, namedBy: manifest, keeping: nil) }
    }

    private func deleteObjects(
        of version: ReleaseVersion, namedBy manifest: FilePath, keeping: FilePath?
    ) async throws {
        let doomed = try DoomedKeys(manifest, keeping: keeping, prefix: prefix(of: version))
        var failure: S3Error?
        while let keys = try doomed.next(S3Client.maximumKeysPerDeletion) {
            do {
                try await client.deleteObjects(keys)
            } catch let error as S3Error where error.kind == .keysNotDeleted {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
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
