public import FoundationEssentials
public import ObjectStorage
public import PipelineKit

/// A store in a bucket, served from it by a CDN or as a website.
///
/// Keys are told apart by their bytes: no two spellings of a name are the same. If storages differ in something, the
/// storage's `capabilities` decide.
public struct BucketStore: ReleaseStore {
    private(set) var objects: any ObjectStorage
    let clock: any RunClock
    /// Empty, or with a `/` at its end.
    let base: String

    /// - Parameter prefix: of all the store's keys, without a `/` at its ends; may be empty.
    public init(_ objects: any ObjectStorage, prefix: String, clock: any RunClock) {
        self.objects = objects
        self.clock = clock
        base = prefix.isEmpty ? "" : prefix + "/"
    }

    /// Whoever looked has listed and read already.
    public func checkRights() async throws -> [String] { ["s3:PutObject", "s3:DeleteObject"] }

    public func reportingRetries(to body: @escaping @Sendable (any DescribedError) -> Void) -> any ReleaseStore {
        var store = self
        store.objects = objects.reportingRetries(to: body)
        return store
    }

    public var isFolder: Bool { false }
    public func date(_ local: Date) -> Date { objects.date(local) }
    public var resource: Resource { Resource(url: objects.url(String(base.dropLast()))) }

    public func location(of version: ReleaseVersion) -> String { objects.url(prefix(of: version)) }
    public func location(of record: StoreRecord) -> String { objects.url(key(of: record)) }

    /// Where the releases are, for a listing.
    var releasesPrefix: String { base + "releases/" }

    /// Of a release's files, with a `/` at its end. A distribution's origin path names it with a `/` in front instead
    /// of behind.
    public func prefix(of version: ReleaseVersion) -> String { "\(releasesPrefix)\(version)/" }

    func key(of record: StoreRecord) -> String { base + record.path }
}
