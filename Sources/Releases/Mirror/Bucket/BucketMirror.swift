public import AWS
public import PipelineKit
public import SystemPackage

/// Compares the objects below a prefix with an asset list, and brings them up to date. Compressed files are under their
/// own key, marked as compressed.
public struct BucketMirror: SiteMirror {
    let client: S3Client
    /// Empty, or with a `/` at its end.
    let base: String
    let list: FilePath
    let filter: AssetFilter
    let rules: HeaderRules
    let concurrency: Int?
    let partSize: Int

    /// - Parameters:
    ///   - prefix: without a `/` at its ends; may be empty.
    ///   - list: the asset list.
    ///   - filter: what it does not take is neither written nor deleted.
    ///   - partSize: larger files are sent in parts of this size, in bytes.
    public init(
        _ list: FilePath, into client: S3Client, prefix: String, _ filter: AssetFilter, _ rules: HeaderRules,
        concurrency: Int? = nil, partSize: Int = ReleasePlan.standardPartSize
    ) {
        (self.client, self.list, self.filter, self.rules) = (client, list, filter, rules)
        (self.concurrency, self.partSize) = (concurrency, partSize)
        base = prefix.isEmpty ? "" : prefix + "/"
    }

    public var place: String { client.url(base) }

    public func isEmpty() throws -> Bool { try MirrorJobs(self, nil).next(1).isEmpty }

    public func compare(
        includesExtra: Bool, in context: StepContext, _ body: @escaping @Sendable (MirrorDifference) throws -> Void
    ) async throws -> Int {
        try await refuseStores()
        let listing = try await SortedListing(of: client, below: base, in: context.folder)
        let jobs = try MirrorJobs(self, listing.makeReader())
        let sender = ObjectSender(client: client, clock: context.clock, partSize: partSize)
        var same = 0
        while true {
            let batch = try jobs.next(256)
            if batch.isEmpty { break }
            let right = try await sender.areRight(batch.map(\.job))
            for (wanted, isRight) in zip(batch, right) {
                guard !isRight else {
                    same += 1
                    continue
                }
                let kind =
                    wanted.sizeBefore.map { before in
                        MirrorDifference.Kind.other(
                            before == wanted.job.upload.size ? "other content" : "\(before) bytes before")
                    } ?? .new
                try body(MirrorDifference(key: wanted.key, kind: kind, bytes: wanted.job.upload.size))
            }
        }
        if includesExtra {
            let extras = try ExtraObjects(self, listing.makeReader())
            while let key = try extras.next() { try body(MirrorDifference(key: key, kind: .extra, bytes: 0)) }
        }
        return same
    }

    public func run(deletes: Bool, in context: StepContext) async throws -> MirrorCounts {
        try await refuseStores()
        let listing = try await SortedListing(of: client, below: base, in: context.folder)
        let jobs = try MirrorJobs(self, listing.makeReader())
        let transfer = BucketTransfer(
            client, clock: context.clock, concurrency: concurrency, partSize: partSize, context.progress)
        let sent = try await transfer.run { try jobs.next($0).map(\.job) }
        var counts = MirrorCounts()
        (counts.uploaded, counts.skipped, counts.bytes) = (sent.uploaded, sent.skipped, sent.bytes)
        guard deletes else { return counts }
        let extras = try ExtraObjects(self, listing.makeReader())
        while true {
            var keys: [String] = []
            while keys.count < S3Client.maximumKeysPerDeletion, let key = try extras.next() { keys.append(base + key) }
            if keys.isEmpty { return counts }
            try await client.deleteObjects(keys)
            counts.deleted += keys.count
            context.progress(
                .init(
                    done: sent.uploaded + sent.skipped + counts.deleted, total: nil, unit: "files", detail: "deleting"))
        }
    }
}
