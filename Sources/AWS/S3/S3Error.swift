public import PipelineKit

/// A reply of S3 that is no refusal and yet cannot be used, or a part of a call that failed.
public struct S3Error: DescribedError, Hashable {
    /// The raw value is the error's code.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A listing names a key outside what was asked for, or none that S3 could hold.
        case foreignKey = "s3-foreign-key"
        /// A listing would never end.
        case repeatedContinuation = "s3-repeated-continuation"
        /// `DeleteObjects` left keys where they are.
        case keysNotDeleted = "s3-keys-not-deleted"
        /// An object's bytes are not those that its checksum promises.
        case checksumMismatch = "s3-checksum-mismatch"
        /// A reply without what it has to have.
        case unexpectedReply = "s3-unexpected-reply"
        /// Others changed the object over and over, or the service would not decide.
        case contended = "s3-contended"
        /// An aborted upload still has parts, which cost money until they go.
        case uploadNotAborted = "s3-upload-not-aborted"
        /// An object is longer than its reader takes.
        case tooLong = "s3-object-too-long"
        /// A file is no longer what was to be sent.
        case sourceChanged = "source-changed"
        /// More parts, or bigger ones, than S3 takes.
        case objectTooLarge = "s3-object-too-large"
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
    public var message: String { kind == .sourceChanged ? detail : "\(operation) of \(resource): \(detail)" }

    public var help: String? {
        switch kind {
        case .foreignKey, .repeatedContinuation, .unexpectedReply:
            "check that the endpoint is an S3 server, and try again"
        case .keysNotDeleted: "allow s3:DeleteObject on \(resource), or look at what locks the objects"
        case .checksumMismatch: "try again; if it stays, send the object anew"
        case .contended: "wait until the other run has ended, then run this again"
        case .uploadNotAborted: advice
        case .tooLong: "look at what it is: something else may have written it"
        case .sourceChanged: "let the build finish first, then run the pipeline again from its start"
        case .objectTooLarge: "leave the file out of the site, or split it: S3 takes 5 TiB in 10,000 parts"
        }
    }
}
