internal import ObjectStorage
public import PipelineKit
internal import SystemPackage

extension BucketStore {
    public func transfer(
        _ plan: ReleasePlan, of upload: Upload, in context: StepContext
    ) async throws -> Transferred {
        let mustOwn: @Sendable () async throws -> Void = { try await requireOwn(upload, in: context.folder) }
        try await abortPartialUploads(of: plan.version)
        let prefix = prefix(of: plan.version)
        let listing = try await SortedListing.of(objects, below: prefix, in: context.folder)
        // Then nothing in this listing is of another run that has the upload now: what is wrong may be replaced.
        try await mustOwn()
        let unfinished = try UnfinishedUpload(listing, named: upload.earlier)
        let (feed, files) = (try TransferFeed(plan), SiteFiles())
        let sourcePrefix = plan.previous.map { self.prefix(of: $0.version) }
        let transfer = BucketTransfer(
            objects, clock: context.clock, concurrency: plan.concurrency, partSize: plan.partSize, of: plan.files,
            context.progress,
            requireOwn: mustOwn)
        let receipts = ListingCollector(in: context.folder)
        var hasLarge = false
        let counts = try await transfer.run { count in
            try feed.next(count).map { job in
                hasLarge = hasLarge || job.entry.size > plan.partSize
                let left = try unfinished.left(for: job.entry)
                var object = try ObjectJob(
                    job, of: files, prefix: prefix, sourcePrefix: sourcePrefix, present: left.present)
                object.upload.condition = left.condition
                return object
            }
        } placed: {
            try receipts.add(ListedFile(key: $0.key.withoutStart(prefix), size: 0, etag: $0.etag))
        }
        // A library below may repeat the call that begins an upload, and the first one's id is then known to nobody.
        if hasLarge {
            try await mustOwn()
            try await abortPartialUploads(of: plan.version)
        }
        return Transferred(counts: counts, receipts: TransferReceipts(etags: try receipts.finish()))
    }
}

/// The ETag with which a bucket took each object of a transfer, or listed it if it was right already. They are compared
/// with a later listing: ETags are opaque, and differ as soon as somebody else has stored other bytes.
public struct TransferReceipts: Sendable {
    let etags: SortedListing
}
