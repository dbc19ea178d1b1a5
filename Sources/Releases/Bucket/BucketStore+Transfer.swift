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
        return try await transfer.run { count in
            try feed.next(count).map { job in
                try ObjectJob(
                    job, prefix: prefix, twinPrefix: twinPrefix, present: try present.file(job.entry.key))
            }
        }
    }
}

/// Looks keys up in a listing, in the order of their bytes.
///
/// It belongs to the task that reads.
final class PresentFiles {
    private let listing: SortedListing.Reader
    private var next: ListedFile?

    init(_ listing: SortedListing.Reader) throws {
        self.listing = listing
        next = try listing.next()
    }

    /// - Parameter key: behind the one that was asked for before.
    func file(_ key: String) throws -> ListedFile? {
        while let file = next, file.key.precedesByBytes(key) { next = try listing.next() }
        return next.flatMap { $0.key.hasSameBytes(as: key) ? $0 : nil }
    }
}
