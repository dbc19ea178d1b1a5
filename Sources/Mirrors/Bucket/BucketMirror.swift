internal import Logging
internal import ObjectStorage
public import PipelineKit
public import Releases
public import SystemPackage

/// Compares the objects below a prefix with an asset list, and brings them up to date. Compressed files are under their
/// own key, marked as compressed.
public struct BucketMirror: SiteMirror {
    private let target: BucketMirrorTarget
    /// What is there.
    private let listing: SortedListing
    let assets: FilePath
    let filter: AssetFilter
    let rules: HeaderRules
    let concurrency: Int?
    let partSize: Int

    /// - Parameters:
    ///   - assets: the asset list; it may lack SHA-256s.
    ///   - filter: what it does not take is neither written nor deleted.
    ///   - partSize: larger files are sent in parts of this size, in bytes.
    public init(
        _ assets: FilePath, into target: BucketMirrorTarget.Listed, _ filter: AssetFilter, _ rules: HeaderRules,
        concurrency: Int? = nil, partSize: Int = ReleasePlan.standardPartSize
    ) {
        (self.target, listing) = (target.target, target.listing)
        (self.assets, self.filter, self.rules) = (assets, filter, rules)
        (self.concurrency, self.partSize) = (concurrency, partSize)
    }

    var objects: any ObjectStorage { target.objects }
    var base: String { target.base }
    public var place: String { target.place }

    /// Whoever made it has listed already.
    public func checkRights() -> [String] { ["s3:PutObject", "s3:DeleteObject"] }

    public func isEmpty() throws -> Bool { try MirrorJobs(self, nil, StaleHeaders()).next() == nil }

    public func warnings() throws -> [String] {
        let jobs = try MirrorJobs(self, nil, StaleHeaders())
        var notes = AssetNotes(rules, inFolder: false)
        while let asset = try jobs.nextAsset() { notes.note(asset, rules.entry(for: asset)) }
        return notes.warnings
    }

    public func compare(
        includesExtra: Bool, in context: StepContext, _ body: @escaping @Sendable (MirrorDifference) throws -> Void
    ) async throws -> Int {
        let stale = try await staleHeaders()
        if stale.kept.count > 0 {
            context.logger.warning(
                """
                \(stale.kept.count) unchanged file\(stale.kept.count == 1 ? "" : "s") without a rule of `headers` keep other \
                headers than a new one would get: \(stale.kept.text)
                """)
        }
        let comparison = BucketComparison(
            try MirrorJobs(self, listing.makeReader(), stale),
            ObjectComparison(objects, partSize: partSize, readsBack: false))
        var (same, present) = (0, 0)
        while let portion = try await comparison.next() {
            same += portion.same
            for wanted in portion.wrong {
                if wanted.sizeBefore != nil { present += 1 }
                let kind =
                    wanted.sizeBefore.map { before in
                        if wanted.hasStaleHeaders { return MirrorDifference.Kind.other("other headers") }
                        return .other(before == wanted.job.upload.size ? "other content" : "\(before) bytes before")
                    } ?? .new
                try body(MirrorDifference(key: wanted.key, kind: kind, bytes: wanted.job.upload.size))
            }
        }
        present += same
        // If everything that is there is wanted, there is nothing else.
        if includesExtra, listing.count > present {
            let stale = try StaleObjects(self, listing.makeReader())
            while let key = try stale.next() { try body(MirrorDifference(key: key, kind: .extra, bytes: 0)) }
        }
        return same
    }

    private func staleHeaders() async throws -> StaleHeaders {
        try await StaleHeaders(self, listing)
    }

    public func run(deletes: Bool, in context: StepContext) async throws -> MirrorCounts {
        let jobs = try MirrorJobs(self, listing.makeReader(), try await staleHeaders())
        let transfer = BucketTransfer(
            objects, clock: context.clock, concurrency: concurrency, partSize: partSize, context.progress)
        let sent = try await transfer.run { try jobs.next($0).map(\.job) }
        var counts = MirrorCounts()
        (counts.uploaded, counts.skipped, counts.bytes) = (sent.uploaded, sent.skipped, sent.bytes)
        guard deletes else { return counts }
        let stale = try StaleObjects(self, listing.makeReader())
        while true {
            var keys: [String] = []
            while keys.count < KeysToDelete.portion, let key = try stale.next() { keys.append(base + key) }
            if keys.isEmpty { return counts }
            try await objects.deleteObjects(keys)
            counts.deleted += keys.count
            context.progress(
                .init(
                    done: sent.uploaded + sent.skipped + counts.deleted, total: nil, unit: "files", detail: "deleting"))
        }
    }
}
