public import PipelineKit

/// Why a document was refused. Nothing of a refused document is used.
public struct XMLError: DescribedError, Hashable {
    /// The raw value is the error's code.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The bytes end before the document does.
        case truncated = "xml-truncated"
        /// A document type declaration, which can name other files and grow without end.
        case doctype = "xml-doctype"
        /// An end tag that closes another element, or none.
        case unbalanced = "xml-unbalanced"
        case encoding = "xml-encoding"
        case tooDeep = "xml-too-deep"
        case tooLarge = "xml-too-large"
        case malformed = "xml-malformed"
        /// Well-formed, but without what the reader needs.
        case unexpected = "xml-unexpected"
    }

    public var kind: Kind
    /// The byte at which the problem was noticed, counted from 0.
    public var offset: Int
    public var detail: String
    /// The call whose reply this is, such as `ListObjectsV2 of s3://bucket`.
    public var call: String?

    init(_ kind: Kind, at offset: Int, _ detail: String) {
        self.kind = kind
        self.offset = offset
        self.detail = detail
    }

    public var code: String { kind.rawValue }

    public var message: String {
        let what = call.map { "the reply to \($0)" } ?? "the XML document"
        return "\(what) is not usable: \(detail)" + (kind == .unexpected ? "" : " (byte \(offset))")
    }

    public var help: String? {
        switch kind {
        case .truncated: "try again; if the error stays, check any proxy between this machine and the server"
        case .tooLarge: nil
        default: "check that the endpoint is the intended service, and not a proxy or a web page"
        }
    }

    func inReply(to request: AWSRequest) -> XMLError {
        var error = self
        error.call = error.call ?? "\(request.operation) of \(request.resource)"
        return error
    }

    /// A document that ends too early was cut off on its way: the next one may be whole.
    public var retryClass: RetryClass { kind == .truncated ? .network : .failure }
}
