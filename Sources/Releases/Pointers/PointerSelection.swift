public import AWS
public import PipelineKit

/// The pointer that a step's options name. A folder has a link, and a bucket has a distribution with one of its origins.
public struct PointerSelection: Sendable {
    public var store: StoreURL
    public var distribution: DistributionID?
    /// The origin's id; nil for the only one on S3.
    public var origin: String?
    /// The link's name.
    public var link: String

    public init(_ store: StoreURL, distribution: DistributionID?, origin: String?, link: String) {
        (self.store, self.distribution, self.origin, self.link) = (store, distribution, origin, link)
    }

    /// A pointer, and what it was at if finding it has shown that.
    public struct Found: Sendable {
        public let pointer: any ReleasePointer
        fileprivate var seen: PointerState?

        /// What the pointer is at. It is read unless finding the pointer has just done so.
        public func state() async throws -> PointerState {
            if let seen { return seen }
            return try await pointer.state()
        }
    }

    /// Finds it.
    ///
    /// - Parameters:
    ///   - pinned: the origin's id as it was found at first. It stays the one, whatever origins were added since.
    ///   - store: the opened store.
    /// - Throws: `StepError` `folder-with-distribution`, `no-distribution`, `foreign-origin`; `CloudFrontError`; what
    ///   asking CloudFront throws.
    public func find(
        pinnedTo pinned: String? = nil, of store: any ReleaseStore, in context: StepContext
    ) async throws -> Found {
        switch self.store {
        case .folder:
            if distribution != nil { throw Self.folderWithDistribution }
            return Found(pointer: LinkPointer(try self.store.openFolder(in: context.project), name: link))
        case .bucket(let bucket, let prefix):
            guard let distribution else { throw Self.bucketWithoutDistribution }
            let client = try await CloudFrontClient(in: context, until: context.leases.deadline(of: store.resource))
            guard let pinned else {
                let (pointer, state) = try await DistributionPointer.find(
                    distribution.text, origin: origin, bucket: bucket, ReleasePaths(prefix: prefix), of: store, client)
                return Found(pointer: pointer, seen: state)
            }
            let pointer = DistributionPointer(
                distribution.text, origin: pinned, ReleasePaths(prefix: prefix), of: store, client)
            return Found(pointer: pointer)
        }
    }

    /// Fails if the distribution is not there, may not be read, or has no origin for the store; or if the link leads back
    /// to itself.
    public func preflight(in context: StepContext) async throws {
        if store.isFolder {
            return try LinkPointer(try store.openFolder(in: context.project), name: link).preflight()
        }
        guard case .bucket(let bucket, let prefix) = store, let distribution else { return }
        // Nothing has been done yet that would be lost, and an endpoint that is wrong by itself stays so.
        let client = try await CloudFrontClient(in: context, retryLimit: .seconds(20))
        _ = try await DistributionPointer.find(
            distribution.text, origin: origin, bucket: bucket, ReleasePaths(prefix: prefix),
            of: try await store.open(in: context), client)
    }

    public static let folderWithDistribution = StepError(
        "folder-with-distribution",
        "`distribution` is set, but the store is a folder, which no distribution reads from",
        help: "remove `distribution`, or keep the releases in a bucket: `store: s3://bucket/site`")

    public static let bucketWithoutDistribution = StepError(
        "no-distribution",
        "the store is a bucket, and `distribution` is missing: the id of the distribution that serves it",
        help: "add `distribution: E…`, an id of `aws cloudfront list-distributions`")
}
