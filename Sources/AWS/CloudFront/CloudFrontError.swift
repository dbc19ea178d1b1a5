public import PipelineKit

/// The reason why a distribution cannot be used as asked. Nothing was changed.
public struct CloudFrontError: DescribedError, Hashable {
    /// The raw value is the error's code.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case invalidDistributionID = "invalid-distribution-id"
        case invalidOriginPath = "invalid-origin-path"
        case invalidInvalidationPath = "invalid-invalidation-path"
        /// No origin has the name that was given.
        case unknownOrigin = "unknown-origin"
        case noS3Origin = "no-s3-origin"
        /// Several origins are on S3, and none was named.
        case severalS3Origins = "several-s3-origins"
        /// The configuration is not built as CloudFront documents it.
        case unexpectedConfig = "unexpected-distribution-config"
        /// Somebody else has changed the origin path.
        case changedByOthers = "origin-path-changed"
        /// CloudFront did not take the change, although nobody else had made one.
        case notUpdated = "distribution-not-updated"
        case deadline = "cloudfront-deadline"
    }

    public var kind: Kind
    public var message: String
    public var help: String?

    init(_ kind: Kind, _ message: String, help: String?) {
        self.kind = kind
        self.message = message
        self.help = help
    }

    public var code: String { kind.rawValue }

    public var retryClass: RetryClass {
        switch kind {
        case .changedByOthers, .notUpdated: .conflict
        case .deadline: .timeout
        default: .failure
        }
    }
}
