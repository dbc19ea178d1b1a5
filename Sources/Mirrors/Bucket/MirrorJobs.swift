internal import ObjectStorage
internal import PipelineKit
internal import Releases

/// The objects that an asset list asks for, in the order of their keys' bytes, each with what is there already.
///
/// It belongs to the task that reads.
final class MirrorJobs {
    struct Wanted: Sendable {
        var key: String
        var job: ObjectJob
        /// Of what is there under the key, in bytes; nil if nothing is.
        var sizeBefore: Int?
        /// True if what is there has other headers than it must have.
        var hasStaleHeaders: Bool
    }

    private let mirror: BucketMirror
    private let assets: AssetList.Reader
    private let present: SortedLookup<ListedFile>?
    private let stale: StaleHeaders
    private let files = SiteFiles()
    private var conflicts = KeyConflicts(inFolder: false)

    init(_ mirror: BucketMirror, _ listing: SortedListing.Reader?, _ stale: StaleHeaders) throws {
        (self.mirror, self.stale) = (mirror, stale)
        assets = try AssetList.Reader(mirror.assets)
        present = try listing.map { try SortedLookup($0.next) }
    }

    /// Up to `count` of them; none at the end.
    ///
    /// - Throws: as `next()`.
    func next(_ count: Int) throws -> [Wanted] {
        var wanted: [Wanted] = []
        while wanted.count < count, let one = try next() { wanted.append(one) }
        return wanted
    }

    /// - Returns: nil at the end.
    /// - Throws: `StepError` `key-clash`, `bad-key`, `bad-asset-list`, and what the storage could not keep.
    func next() throws -> Wanted? {
        guard let asset = try nextAsset() else { return nil }
        let entry = mirror.rules.entry(for: asset)
        try ObjectLimits.check(entry, below: mirror.base, mirror.objects.capabilities)
        let there = try present?.element(asset.key)
        let job = TransferJob(asset: asset, entry: entry, isReusable: false)
        let isStale = stale.contain(asset.key)
        let right = isStale ? nil : there
        return Wanted(
            key: asset.key,
            job: try ObjectJob(job, of: files, prefix: mirror.base, sourcePrefix: nil, present: right),
            sizeBefore: there?.size, hasStaleHeaders: isStale)
    }

    func nextAsset() throws -> Asset? {
        while let asset = try assets.next() {
            try conflicts.add(asset)
            if mirror.filter.takesKey(asset.key) { return asset }
        }
        return nil
    }
}
