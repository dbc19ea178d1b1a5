public import PipelineKit

/// Why there are no credentials to sign with. It names places, never what was found in them.
public struct CredentialError: DescribedError, Hashable {
    /// The raw value is the error's code.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// No place had any.
        case none = "no-aws-credentials"
        /// A place that was chosen has credentials that cannot be used.
        case unusable = "aws-credentials-unusable"
        /// A service that issues credentials refused or was not reached.
        case refused = "aws-credentials-refused"
        case noSuchProfile = "no-such-aws-profile"
    }

    public var kind: Kind
    public var message: String
    public var help: String?
    public var retryClass: RetryClass

    init(_ kind: Kind, _ message: String, help: String? = nil, retry retryClass: RetryClass = .failure) {
        self.kind = kind
        self.message = message
        self.help = help
        self.retryClass = retryClass
    }

    public var code: String { kind.rawValue }
}
