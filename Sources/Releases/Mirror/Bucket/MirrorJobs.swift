internal import AWS
internal import Digest
internal import PipelineKit

/// The objects that an asset list stands for, in the order of their keys' bytes, each with what is there already.
///
/// It belongs to the task that reads.
final class MirrorJobs {
    struct Wanted: Sendable {
        var key: String
        var job: ObjectJob
        /// Of what is there under the key; nil where nothing is. In bytes.
        var sizeBefore: Int?
    }

    private let mirror: BucketMirror
    private let assets: AssetList.Reader
    private let present: PresentFiles?
    private var clashes = KeyClashes()

    init(_ mirror: BucketMirror, _ listing: SortedListing.Reader?) throws {
        self.mirror = mirror
        assets = try AssetList.Reader(mirror.list)
        present = try listing.map { try PresentFiles($0) }
    }

    /// Up to `count` of them; none at the end.
    ///
    /// - Throws: `StepError` `key-clash`, `bad-key`, `bad-asset-list`, and what S3 could not keep.
    func next(_ count: Int) throws -> [Wanted] {
        var wanted: [Wanted] = []
        while wanted.count < count, let asset = try nextAsset() {
            let entry = mirror.rules.entry(for: asset)
            try ObjectRules.check(entry, below: mirror.base)
            let there = try present?.file(asset.key)
            let job = TransferJob(asset: asset, entry: entry, isReusable: false)
            wanted.append(
                Wanted(
                    key: asset.key,
                    job: try ObjectJob(job, prefix: mirror.base, twinPrefix: nil, present: there),
                    sizeBefore: there?.size))
        }
        return wanted
    }

    func nextAsset() throws -> Asset? {
        while let asset = try assets.next() {
            try clashes.add(asset.key, isCompressed: false)
            if mirror.filter.takesKey(asset.key) { return asset }
        }
        return nil
    }
}

/// The keys below the mirrored prefix that are not wanted and that the filter takes, in the order of their bytes.
///
/// It belongs to the task that reads.
final class ExtraObjects {
    private let mirror: BucketMirror
    private let listing: SortedListing.Reader
    private let wanted: MirrorJobs
    private var coming: Asset?

    init(_ mirror: BucketMirror, _ listing: SortedListing.Reader) throws {
        (self.mirror, self.listing) = (mirror, listing)
        wanted = try MirrorJobs(mirror, nil)
        coming = try wanted.nextAsset()
    }

    /// Behind the prefix; nil at the end.
    ///
    /// - Throws: `StepError` `in-the-way` where a release store lies below the prefix.
    func next() throws -> String? {
        while let file = try listing.next() {
            if let store = MirrorStores.root(of: file.key) {
                throw StepError(
                    "in-the-way", "\(mirror.place)\(store) is a release store, whose files nothing else may delete",
                    help: "leave it out with `exclude`, or mirror without `delete`")
            }
            while let asset = coming, asset.key.precedesByBytes(file.key) { coming = try wanted.nextAsset() }
            if let asset = coming, asset.key.hasSameBytes(as: file.key) { continue }
            if mirror.filter.takesKey(file.key) { return file.key }
        }
        return nil
    }
}
