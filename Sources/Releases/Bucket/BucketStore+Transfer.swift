internal import AWS
public import PipelineKit

extension BucketStore {
    public func transfer(_ plan: ReleasePlan, in context: StepContext) async throws -> TransferCounts {
        try await abortUploads(of: plan.version)
        let listing = try await SortedListing(of: client, below: prefix(of: plan.version), in: context.folder)
        let present = try PresentFiles(listing.makeReader())
        let feed = try TransferFeed(plan)
        let prefix = prefix(of: plan.version)
        let twinPrefix = plan.previous.map { self.prefix(of: $0.version) }
        let transfer = BucketTransfer(
            client, clock: context.clock, concurrency: plan.concurrency, partSize: plan.partSize, context.progress)
        var hasLarge = false
        let counts = try await transfer.run { count in
            try feed.next(count).map { job in
                hasLarge = hasLarge || job.entry.size > plan.partSize
                return try ObjectJob(
                    job, prefix: prefix, twinPrefix: twinPrefix, present: try present.file(job.entry.key))
            }
        }
        // A library below may repeat the call that begins an upload, and the first one's id is then known to nobody.
        if hasLarge { try await abortUploads(of: plan.version) }
        return counts
    }
}
