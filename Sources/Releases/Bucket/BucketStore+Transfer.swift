internal import AWS
public import PipelineKit
internal import SystemPackage

extension BucketStore {
    public func transfer(
        _ plan: ReleasePlan, of upload: Upload, in context: StepContext
    ) async throws -> Transferred {
        let mustOwn: @Sendable () async throws -> Void = { try await requireOwn(upload, in: context.folder) }
        try await abortUploads(of: plan.version)
        let prefix = prefix(of: plan.version)
        let listing = try await SortedListing.of(client, below: prefix, in: context.folder)
        // Nothing in this listing is another run's, then, who has the upload now: what is wrong may be replaced.
        try await mustOwn()
        let present = try PresentFiles(listing.makeReader())
        let named = try NamedFiles(upload.earlier)
        let feed = try TransferFeed(plan)
        let twinPrefix = plan.previous.map { self.prefix(of: $0.version) }
        let transfer = BucketTransfer(
            client, clock: context.clock, concurrency: plan.concurrency, partSize: plan.partSize, of: plan.files,
            context.progress,
            requireOwn: mustOwn)
        let receipts = ListingCollector(in: context.folder)
        var hasLarge = false
        let counts = try await transfer.run { count in
            try feed.next(count).map { job in
                hasLarge = hasLarge || job.entry.size > plan.partSize
                let there = try present.file(job.entry.key)
                var object = try ObjectJob(job, prefix: prefix, twinPrefix: twinPrefix, present: there)
                object.upload.condition = there.map { .etag($0.etag) } ?? .absent
                // One that no earlier upload had stored so is another run's, and may have other headers.
                if try !named.has(job.entry) { object.present = nil }
                return object
            }
        } placed: {
            try receipts.add(ListedFile(key: $0.key.withoutStart(prefix), size: 0, etag: $0.etag))
        }
        // A library below may repeat the call that begins an upload, and the first one's id is then known to nobody.
        if hasLarge {
            try await mustOwn()
            try await abortUploads(of: plan.version)
        }
        return Transferred(counts: counts, receipts: TransferReceipts(etags: try receipts.finish()))
    }
}

/// Tells which files the upload before has named with the same content and the same headers: an object does not show all of
/// its headers.
///
/// It belongs to the task that asks.
private final class NamedFiles {
    private let manifest: Manifest.Reader?
    private var next: ManifestEntry?

    init(_ manifest: FilePath?) throws {
        self.manifest = try manifest.map { try Manifest.Reader($0) }
        next = try self.manifest?.next()
    }

    /// - Parameter entry: behind the one that was asked for before.
    func has(_ entry: ManifestEntry) throws -> Bool {
        while let known = next, known.key.precedesByBytes(entry.key) { next = try manifest?.next() }
        guard let known = next, known.key.hasSameBytes(as: entry.key) else { return false }
        return known.hasSameContent(as: entry) && known.hasSameHeaders(as: entry)
    }
}
