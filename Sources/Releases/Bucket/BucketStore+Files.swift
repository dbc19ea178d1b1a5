internal import ObjectStorage
public import PipelineKit
public import SystemPackage

extension BucketStore {
    public func entryCheck(of version: ReleaseVersion) -> @Sendable (ManifestEntry) throws -> Void {
        let prefix = prefix(of: version)
        let capabilities = objects.capabilities
        return { try ObjectLimits.check($0, below: prefix, capabilities) }
    }

    public func deletionCommand(of version: ReleaseVersion, _ records: [StoreRecord]) -> String {
        ([objects.deletionCommand(below: prefix(of: version))] + records.map { deletionCommand(of: $0) })
            .joined(separator: " && ")
    }

    public func deletionCommand(of record: StoreRecord) -> String {
        objects.deletionCommand(of: key(of: record))
    }

    public func hasFiles(of version: ReleaseVersion) async throws -> Bool {
        let prefix = prefix(of: version)
        for try await page in objects.listObjects(prefix: prefix) {
            // Consoles make an empty object in a folder's name.
            if page.objects.contains(where: { $0.key.utf8.count > prefix.utf8.count }) { return true }
        }
        return false
    }

    /// An object is durable as soon as the storage has taken it.
    public func flush() async throws {}

    public func check(
        _ version: ReleaseVersion, against manifest: FilePath, _ receipts: TransferReceipts?,
        _ verification: Verification, in folder: FilePath
    ) async throws -> Completeness {
        let listing = try await SortedListing.of(objects, below: prefix(of: version), in: folder)
        let doubts = folder.appending("doubts-\(version).jsonl")
        var (completeness, doubtful) = try await BlockingWork.run { flag in
            let (entries, found) = (try Manifest.Reader(manifest), try listing.makeReader())
            let known = try receipts.map { try SortedLookup($0.etags.makeReader().next) }
            let writer = try DoubtWriter(doubts, entries.header)
            let completeness = try Completeness(
                expected: {
                    guard let entry = try entries.next() else { return nil }
                    writer.entry = entry
                    // Without a receipt nobody knows what is there.
                    let etag = try known.map { try $0.element(entry.key)?.etag ?? "" }
                    return StoredFile(key: entry.key, size: entry.size, sha256: entry.sha256, etag: etag)
                },
                found: {
                    try flag.check()
                    return try found.next().map { StoredFile(key: $0.key, size: $0.size, etag: $0.etag) }
                },
                hasContent: { wanted, there in
                    if let etag = wanted.etag, !ETag.areSame(etag, there.etag ?? "") { try writer.add() }
                    return true
                })
            return (completeness, try writer.finish())
        }
        // Reading back would only repeat what is known already.
        guard completeness.isComplete else { return completeness }
        let content = ContentCheck(store: self, version: version)
        let wrong =
            switch verification {
            case .full: try await content.wrongKeys(manifest, readsAll: true)
            case .size where doubtful > 0: try await content.wrongKeys(doubts, readsAll: false)
            case .size: [String]()
            }
        for key in wrong { completeness.add(.content(key)) }
        return completeness
    }

    public func removeFiles(
        of version: ReleaseVersion, namedBy manifest: FilePath, keeping: FilePath?, _ progress: Progress,
        while mayDelete: @Sendable () async throws -> Bool
    ) async throws {
        try await deleteObjects(of: version, namedBy: manifest, keeping: keeping, progress, while: mayDelete)
        guard keeping == nil, try await mayDelete() else { return }
        try await abortPartialUploads(of: version)
        // An upload that was cancelled on its way may have arrived after its deletion.
        if try await hasFiles(of: version) {
            try await deleteObjects(of: version, namedBy: manifest, keeping: nil, progress, while: mayDelete)
        }
    }

    private func deleteObjects(
        of version: ReleaseVersion, namedBy manifest: FilePath, keeping: FilePath?, _ progress: Progress,
        while mayDelete: @Sendable () async throws -> Bool
    ) async throws {
        let toDelete = try KeysToDelete(manifest, keeping: keeping, prefix: prefix(of: version))
        var failure: StorageError?
        var done = 0
        while let keys = try toDelete.next(), try await mayDelete() {
            do {
                try await objects.deleteObjects(keys)
            } catch let error as StorageError where error.kind == .keysNotDeleted {
                failure = failure ?? error
            }
            done += keys.count
            progress(.init(done: done, total: nil, unit: "files"))
        }
        if let failure { throw failure }
    }
}

/// Writes down the entries whose objects are not those that were stored, in the form of a manifest.
///
/// It belongs to the thread that walks.
private final class DoubtWriter {
    /// The one that is being looked at.
    var entry: ManifestEntry?
    private let path: FilePath
    private let header: ManifestHeader
    private var writer: Manifest.Writer?

    init(_ path: FilePath, _ header: ManifestHeader) throws {
        (self.path, self.header) = (path, header)
    }

    func add() throws {
        guard let entry else { return }
        let writer = try self.writer ?? Manifest.Writer(path, header)
        self.writer = writer
        try writer.write(entry)
    }

    /// - Returns: how many there are.
    func finish() throws -> Int {
        try writer?.finish()
        return writer?.count ?? 0
    }
}
