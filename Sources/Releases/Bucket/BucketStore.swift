public import AWS
public import PipelineKit

/// A store in a bucket, served from it by a CDN or as a website.
///
/// Keys are told apart by their bytes: no two spellings of a name are the same.
public struct BucketStore: ReleaseStore {
    let client: S3Client
    let clock: any RunClock
    /// Empty, or with a `/` at its end.
    let base: String

    /// - Parameter prefix: of all the store's keys, without a `/` at its ends; may be empty.
    public init(_ client: S3Client, prefix: String, clock: any RunClock) {
        self.client = client
        self.clock = clock
        base = prefix.isEmpty ? "" : prefix + "/"
    }

    public var resource: Resource { Resource(url: "s3://\(client.bucket)/\(base.dropLast())") }

    public var url: StoreURL { .bucket(name: client.bucket, prefix: String(base.dropLast())) }

    public func location(of version: ReleaseVersion) -> String { client.url(prefix(of: version)) }
    public func location(of record: StoreRecord) -> String { client.url(key(of: record)) }

    /// Where the releases lie, for a listing.
    var releasesPrefix: String { base + "releases/" }

    /// Of a release's files, with a `/` at its end. What a distribution's origin path has to name, with a `/` in front
    /// instead of behind.
    public func prefix(of version: ReleaseVersion) -> String { "\(releasesPrefix)\(version)/" }

    func key(of record: StoreRecord) -> String { base + record.path }
}
