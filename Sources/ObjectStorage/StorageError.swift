public import PipelineKit

/// A call that a storage has answered, and whose aim was not reached.
public struct StorageError: DescribedError, Hashable {
    /// The raw value is the error's code.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A deletion of many keys left some where they are.
        case keysNotDeleted = "s3-keys-not-deleted"
        /// An object is longer than its reader takes.
        case tooLong = "s3-object-too-long"
        /// A file no longer has the bytes that were hashed.
        case sourceChanged = "source-changed"
    }

    public var kind: Kind
    public var message: String
    public var help: String?
    public var retryClass: RetryClass

    public init(_ kind: Kind, _ message: String, help: String, retry: RetryClass = .failure) {
        self.kind = kind
        self.message = message
        self.help = help
        retryClass = retry
    }

    public var code: String { kind.rawValue }
}
