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
        let present = try SortedLookup(listing.makeReader().next)
        let named = try upload.earlier.map { try SortedLookup(Manifest.Reader($0).next) }
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
                let there = try present.element(job.entry.key)
                var object = try ObjectJob(job, prefix: prefix, twinPrefix: twinPrefix, present: there)
                object.upload.condition = there.map { .etag($0.etag) } ?? .absent
                // One that no earlier upload had stored so is another run's: an object does not show all of its headers.
                let earlier = try named?.element(job.entry.key)
                if earlier?.hasSameContent(as: job.entry) != true || earlier?.hasSameHeaders(as: job.entry) != true {
                    object.present = nil
                }
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
