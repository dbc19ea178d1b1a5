internal import PipelineKit
internal import Synchronization
public import SystemPackage

/// The release to make, and what it can be made from.
public struct ReleasePlan: Sendable {
    /// A complete release, and a file with its manifest on this machine.
    public typealias Previous = (version: ReleaseVersion, manifest: FilePath)

    public var version: ReleaseVersion
    /// The asset list.
    public var assets: FilePath
    /// The manifest that the release will have: what is stored with each asset.
    public var manifest: FilePath
    /// A complete release of the same store whose files may be copied.
    public var previous: Previous?
    /// How many files are transferred at the same time; nil leaves it to the store.
    public var concurrency: Int?
    /// Larger files are sent in parts of this size, in bytes, if the store takes parts.
    public var partSize: Int
    /// How many assets the list has, for progress reports; nil if that is not known.
    public var files: Int?

    public static let standardPartSize = 16 << 20

    public init(
        version: ReleaseVersion, assets: FilePath, manifest: FilePath,
        previous: Previous?, concurrency: Int?,
        partSize: Int = standardPartSize, files: Int? = nil
    ) {
        self.files = files
        self.version = version
        self.assets = assets
        self.manifest = manifest
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
    /// The bytes that were sent.
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

/// The result of a transfer.
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

/// Walks the asset list side by side with the release's manifest and that of the previous one; several workers take from
/// it.
public final class TransferFeed: Sendable {
    private let state: Mutex<State>

    private struct State {
        let assets: AssetList.Reader
        let entries: Manifest.Reader
        let previous: SortedLookup<ManifestEntry>?
    }

    public init(_ plan: ReleasePlan) throws {
        let (assets, own) = (plan.assets, plan.manifest)
        let manifest = plan.previous?.manifest
        state = Mutex(
            State(
                assets: try AssetList.Reader(assets), entries: try Manifest.Reader(own),
                previous: try manifest.map { try SortedLookup(Manifest.Reader($0).next) }))
    }

    /// Up to `count` jobs; none at the end.
    ///
    /// - Throws: `StepError` `source-changed` if the list is no longer the one that the manifest was made of.
    public func next(_ count: Int) throws -> [TransferJob] {
        try state.withLock { state in
            var jobs: [TransferJob] = []
            while jobs.count < count, let asset = try state.assets.next() {
                guard let entry = try state.entries.next(), entry.key.utf8.elementsEqual(asset.key.utf8),
                    entry.sha256 == asset.sha256
                else { throw Self.listChanged(asset.key) }
                let known = try state.previous?.element(entry.key)
                let isReusable = known.map { $0.hasSameContent(as: entry) && $0.hasSameHeaders(as: entry) } ?? false
                jobs.append(TransferJob(asset: asset, entry: entry, isReusable: isReusable))
            }
            return jobs
        }
    }

    private static func listChanged(_ key: String) -> StepError {
        StepError(
            "source-changed", "the asset list has another `\(key)` than when the release's manifest was made of it",
            help: "run the pipeline again")
    }
}
