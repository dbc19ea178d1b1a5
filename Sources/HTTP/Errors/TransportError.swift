public import PipelineKit

/// Why a request has no response. A cancelled request throws `CancellationError` instead.
public struct TransportError: DescribedError, Hashable {
    /// The raw value is the error's code.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The host's name, or the proxy's, has no address.
        case dns = "host-not-found"
        case connect = "connection-failed"
        /// The TLS handshake broke off.
        case tls = "tls-failed"
        /// The server's certificate is not trusted, or is another host's.
        case certificate = "certificate-refused"
        case caBundle = "ca-bundle-unreadable"
        case timeout = "http-timeout"
        /// The connection ended before or within the reply.
        case reset = "connection-reset"
        /// The body ended before the length that the reply had announced.
        case truncated = "response-truncated"
        /// The body's content encoding cannot be undone.
        case encoding = "content-encoding-unknown"
        /// Body or headers are longer than the request allows.
        case tooLarge = "response-too-large"
        case redirects = "too-many-redirects"
        /// The reply is not HTTP, or redirects to a URL that is not.
        case badReply = "response-invalid"
        case invalidURL = "invalid-url"
        case invalidRequest = "invalid-request"
        /// The file to be sent cannot be read, or is shorter than its region.
        case unreadableBody = "body-unreadable"
        case sinkRefused = "sink-refused"
        /// The transport was shut down.
        case closed = "transport-closed"
        /// No memory, threads or descriptors, or a failure inside libcurl.
        case resources = "transport-failed"
    }

    public var kind: Kind
    /// The request's URL without its query, which may carry a signature.
    public var location: String
    public var detail: String

    init(_ kind: Kind, _ url: HTTPURL, _ detail: String) {
        self.init(kind, location: url.origin + url.target.prefix { $0 != "?" }, detail)
    }

    init(_ kind: Kind, location: String, _ detail: String) {
        self.kind = kind
        self.location = location
        self.detail = detail
    }

    /// A text with an `@` may hold a password, so it is not repeated.
    init(invalidURL text: String, _ reason: String) {
        self.init(.invalidURL, location: text.contains("@") ? "" : String(text.prefix(200)), reason)
    }

    public var code: String { kind.rawValue }

    public var message: String {
        switch kind {
        case .invalidURL:
            "\(location.isEmpty ? "the URL" : location.debugDescription) is not a usable URL: \(detail)"
        case _ where location.isEmpty: detail
        default: "\(location): \(detail)"
        }
    }

    public var retryClass: RetryClass {
        switch kind {
        case .dns, .connect, .tls, .reset, .truncated: .network
        case .timeout: .timeout
        case .certificate, .caBundle, .encoding, .tooLarge, .redirects, .badReply, .invalidURL, .invalidRequest,
            .unreadableBody,
            .sinkRefused, .closed, .resources:
            .failure
        }
    }
}
