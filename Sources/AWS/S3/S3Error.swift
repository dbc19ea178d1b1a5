public import PipelineKit

/// A reply of S3 that is not a refusal and yet cannot be used.
public struct S3Error: DescribedError, Hashable {
    /// The raw value is the error's code.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A listing names a key outside what was asked for, or one that S3 cannot hold.
        case foreignKey = "s3-foreign-key"
        /// A listing would never end.
        case repeatedContinuation = "s3-repeated-continuation"
        /// A reply lacks what it must have.
        case unexpectedReply = "s3-unexpected-reply"
        /// Others changed the object over and over, or the service would not decide.
        case contended = "s3-contended"
        /// The server does not know the header of a website redirect.
        case redirectRefused = "s3-redirect-refused"
        /// An aborted upload still has parts, which cost money until they go.
        case uploadNotAborted = "s3-upload-not-aborted"
    }

    public var kind: Kind
    public var operation: String
    public var resource: String
    public var detail: String
    public var retryClass: RetryClass
    /// What ends the trouble by hand, if only the place that throws knows it.
    private var advice: String?

    init(
        _ kind: Kind, _ operation: String, _ resource: String, _ detail: String, advice: String? = nil,
        retry: RetryClass = .failure
    ) {
        self.advice = advice
        self.kind = kind
        self.operation = operation
        self.resource = resource
        self.detail = detail
        retryClass = retry
    }

    public var code: String { kind.rawValue }
    public var message: String { "\(operation) of \(resource): \(detail)" }

    public var help: String? {
        switch kind {
        case .foreignKey, .repeatedContinuation, .unexpectedReply:
            "check that the endpoint is an S3 server, and try again"
        case .contended: "wait until the other run has ended, then run this again"
        case .redirectRefused:
            "take `redirects` and `folder-redirects` out of the `sync` step, and redirect in the web server or the CDN"
        case .uploadNotAborted: advice
        }
    }
}
