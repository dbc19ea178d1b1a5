internal import PipelineKit
internal import Synchronization
public import SystemPackage

/// The release that is to be made, and what it can be made from.
public struct ReleasePlan: Sendable {
    public var version: ReleaseVersion
    /// The asset list.
    public var assets: FilePath
    /// What the manifest will say of an asset.
    public var entry: @Sendable (Asset) -> ManifestEntry
    /// A complete release of the same store whose files may be copied.
    public var previous: (version: ReleaseVersion, manifest: FilePath)?
    /// How many files are worked on at the same time; nil leaves it to the store.
    public var concurrency: Int?
    /// Larger files are sent in parts of this size, where the store takes parts. In bytes.
    public var partSize: Int
    /// How many assets the list has, for whoever watches; nil where that is not known.
    public var files: Int?

    public static let standardPartSize = 16 << 20

    public init(
        version: ReleaseVersion, assets: FilePath, entry: @escaping @Sendable (Asset) -> ManifestEntry,
        previous: (version: ReleaseVersion, manifest: FilePath)?, concurrency: Int?,
        partSize: Int = standardPartSize, files: Int? = nil
    ) {
        self.files = files
        self.version = version
        self.assets = assets
        self.entry = entry
        self.previous = previous
        self.concurrency = concurrency
        self.partSize = partSize
    }
}

/// How the files of a release came into the store.
public struct TransferCounts: Hashable, Sendable {
    /// Sent from this machine.
    public var uploaded = 0
    /// Copied inside the store.
    public var copied = 0
    /// There already.
    public var skipped = 0
    /// That were sent.
    public var bytes = 0

    public init() {}

    static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.uploaded += right.uploaded
        sum.copied += right.copied
        sum.skipped += right.skipped
        sum.bytes += right.bytes
        return sum
    }
}

/// What came of a transfer.
public struct Transferred: Sendable {
    public var counts: TransferCounts
    /// Nil if the store gives none.
    public var receipts: TransferReceipts?
}

/// One asset, and whether the previous release has the same file with the same headers.
public struct TransferJob: Sendable {
    public var asset: Asset
    public var entry: ManifestEntry
    public var isReusable: Bool

    package init(asset: Asset, entry: ManifestEntry, isReusable: Bool) {
        (self.asset, self.entry, self.isReusable) = (asset, entry, isReusable)
    }
}

/// Walks the asset list beside the manifest of the previous release; several workers take from it.
public final class TransferFeed: Sendable {
    private let entry: @Sendable (Asset) -> ManifestEntry
    private let state: Mutex<State>

    private struct State {
        let assets: AssetList.Reader
        let previous: SortedLookup<ManifestEntry>?
    }

    public init(_ plan: ReleasePlan) throws {
        entry = plan.entry
        let assets = plan.assets
        let manifest = plan.previous?.manifest
        state = Mutex(
            State(
                assets: try AssetList.Reader(assets),
                previous: try manifest.map { try SortedLookup(Manifest.Reader($0).next) }))
    }

    /// Up to `count` jobs; none at the end.
    public func next(_ count: Int) throws -> [TransferJob] {
        try state.withLock { state in
            var jobs: [TransferJob] = []
            while jobs.count < count, let asset = try state.assets.next() {
                let entry = entry(asset)
                let known = try state.previous?.element(entry.key)
                let isReusable = known.map { $0.hasSameContent(as: entry) && $0.hasSameHeaders(as: entry) } ?? false
                jobs.append(TransferJob(asset: asset, entry: entry, isReusable: isReusable))
            }
            return jobs
        }
    }
}
