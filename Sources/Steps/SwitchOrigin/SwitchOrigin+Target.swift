internal import AWS
public import PipelineKit
internal import Releases

extension SwitchOrigin {
    /// A store, and the pointer to one of its releases.
    struct Site: Sendable {
        let store: any ReleaseStore
        let target: any SwitchTarget
    }

    /// - Parameter before: what was found when the step first looked; nil if it looks now.
    /// - Throws: `StepError` `no-distribution`, `no-such-link`, `foreign-origin`; `CloudFrontError`.
    func open(_ before: Before? = nil, in context: StepContext) async throws -> Site {
        let store = try await options.store.open(in: context)
        switch (options.store, options.distribution) {
        case (.folder, nil):
            let target = LinkTarget(try options.store.openFolder(in: context.project), name: options.current)
            return Site(store: store, target: target)
        case (.folder, _?): throw Self.folderWithDistribution
        case (.bucket, nil): throw Self.bucketWithoutDistribution
        case (.bucket(let bucket, let prefix), let distribution?):
            let client = try await CloudFrontClient(in: context)
            let target = DistributionTarget(
                distribution: distribution.text,
                origin: try await origin(before, of: distribution.text, in: bucket, client),
                paths: ReleasePaths(prefix: prefix), store: store, client: client,
                dropped: try options.invalidateOnRollback.paths)
            return Site(store: store, target: target)
        }
    }

    /// The origin's id. The one that was found at first stays, whatever origins were added since.
    private func origin(
        _ before: Before?, of distribution: String, in bucket: String, _ client: CloudFrontClient
    ) async throws -> String {
        if let origin = before?.origin { return origin }
        return try await Self.findOrigin(options.origin, of: distribution, in: bucket, client)
    }

    /// - Throws: `StepError` `foreign-origin`; `CloudFrontError`, `AWSError`.
    private static func findOrigin(
        _ name: String?, of distribution: String, in bucket: String, _ client: CloudFrontClient
    ) async throws -> String {
        let origin = try await client.getDistributionConfig(distribution).origin(named: name)
        guard origin.mayRead(bucket: bucket) else {
            throw StepError(
                "foreign-origin",
                "the origin `\(origin.id)` of the distribution \(distribution) reads from \(origin.domain), and the store is "
                    + "in the bucket \(bucket): viewers would get none of its releases",
                help: "name an origin of that bucket in `origin`, or the origin's own bucket in `store`")
        }
        return origin.id
    }

    /// Checks that the distribution exists, can be read, and has an origin for the store.
    public static func preflight(_ options: Options) -> Preflight? {
        guard case .bucket(let bucket, _) = options.$store.known, let distribution = options.$distribution.known ?? nil,
            let origin = options.$origin.known
        else { return nil }
        return { context in
            // Retries end early here: no work would be lost yet, and a wrong endpoint stays wrong.
            let client = try await CloudFrontClient(in: context, retryLimit: .seconds(20))
            _ = try await findOrigin(origin, of: distribution.text, in: bucket, client)
        }
    }

    static let folderWithDistribution = StepError(
        "folder-with-distribution",
        "`distribution` is there, and the store is a folder, which no distribution reads from",
        help: "take `distribution` out, or keep the releases in a bucket: `store: s3://bucket/site`")

    static let bucketWithoutDistribution = StepError(
        "no-distribution", "the store is a bucket, and `distribution` does not say which distribution serves it",
        help: "add `distribution: E…`, an id of `aws cloudfront list-distributions`")
}

extension DistributionOrigin {
    /// An access point has a name of its own, which does not tell its bucket.
    fileprivate func mayRead(bucket: String) -> Bool {
        if kind == .other { return true }
        let name = domain.lowercased()
        let isAccessPoint = name.split(separator: ".").first.map { $0.hasSuffix("-s3alias") || $0.hasSuffix("--ol-s3") }
        return isAccessPoint == true || name.hasPrefix(bucket.lowercased() + ".")
    }
}
