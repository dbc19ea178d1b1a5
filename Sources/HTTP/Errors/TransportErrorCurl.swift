internal import CCurl
internal import Glibc

extension TransportError {
    /// Turns libcurl's failure of a transfer into an error. The kind depends on codes alone; `text` is for people.
    init(_ failure: CurlFailure, of request: HTTPRequest) {
        let kind = failure.proxyRefused ? .connect : Kind(failure.code)
        self.init(kind, request.url, Self.detail(kind, failure, of: request))
    }

    private static func detail(_ kind: Kind, _ failure: CurlFailure, of request: HTTPRequest) -> String {
        let host = request.url.host
        return switch kind {
        case .dns where failure.code == CURLE_COULDNT_RESOLVE_PROXY: "the proxy's name was not found"
        case .dns: "the name '\(host)' was not found"
        case .connect where failure.proxyRefused: "the proxy refused a tunnel to \(host) with \(failure.proxyStatus)"
        case .connect:
            "no connection to \(host) port \(request.url.port)"
                + (failure.errno == 0 ? "" : " (\(String(cString: strerror(Int32(failure.errno))).lowercased()))")
        case .tls: "the TLS handshake with \(host) failed\(failure.parenthesis)"
        case .certificate: "the certificate of \(host) was refused\(failure.parenthesis)"
        case .caBundle: "the file of trusted certificates cannot be read\(failure.parenthesis)"
        case .timeout where failure.wasConnecting: "no connection to \(host) within \(failure.limit(of: request))"
        case .timeout: "no complete reply from \(host) within \(failure.total(of: request))"
        case .reset: "\(host) closed the connection before its reply was complete"
        case .truncated: "the reply of \(host) is shorter than it announced"
        case .redirects: TransportError.tooManyRedirects(request).detail
        case .badReply where [CURLE_BAD_CONTENT_ENCODING, CURLE_WRITE_ERROR].contains(failure.code):
            "the reply of \(host) has a body that is not encoded as its content-encoding says\(failure.parenthesis)"
        case .badReply: "the reply of \(host) is not valid HTTP\(failure.parenthesis)"
        default: "libcurl failed with \(failure.code.rawValue)\(failure.parenthesis)"
        }
    }
}

/// What libcurl leaves of a transfer that it ended with an error.
struct CurlFailure {
    var code: CURLcode
    /// The system's error number, 0 if there is none.
    var errno: Int
    var wasConnecting: Bool
    /// The proxy's answer to CONNECT, 0 if there was none.
    var proxyStatus: Int
    var text: String

    /// libcurl has no code of its own for this: it only says that it could not receive.
    fileprivate var proxyRefused: Bool { proxyStatus >= 300 }

    fileprivate var parenthesis: String {
        let printable = String(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f })
        return printable.isEmpty ? "" : " (\(printable))"
    }

    /// The two limits run at the same time: the shorter one was reached.
    fileprivate func limit(of request: HTTPRequest) -> Duration {
        min(request.timeouts.connect, total(of: request))
    }

    /// Without a limit of the whole, only connecting can take too long for libcurl.
    fileprivate func total(of request: HTTPRequest) -> Duration {
        request.timeouts.total ?? request.timeouts.connect
    }
}

extension TransportError.Kind {
    init(_ code: CURLcode) {
        self =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .dns
            case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED, CURLE_PROXY: .connect
            case CURLE_SSL_CONNECT_ERROR: .tls
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS: .certificate
            case CURLE_SSL_CACERT_BADFILE: .caBundle
            case CURLE_OPERATION_TIMEDOUT: .timeout
            case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING: .reset
            case CURLE_PARTIAL_FILE: .truncated
            case CURLE_TOO_MANY_REDIRECTS: .redirects
            // The request's own URL was checked before: these two mean a reply that is not HTTP/1, or a redirect's URL.
            case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT: .badReply
            case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: .badReply
            // The collector knows of the failures of this side's own callbacks. What remains is data after a compressed
            // body's end.
            case CURLE_WRITE_ERROR: .badReply
            default: .resources
            }
    }
}

extension TransportError {
    static func tooManyRedirects(_ request: HTTPRequest) -> TransportError {
        TransportError(
            .redirects, request.url, "\(request.url.host) redirected more than \(request.maximumRedirects) times")
    }
}
