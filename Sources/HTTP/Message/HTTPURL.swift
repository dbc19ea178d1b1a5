internal import CCurl

/// An absolute http or https URL, kept in the parts that a request needs.
public struct HTTPURL: Hashable, Sendable, CustomStringConvertible {
    public enum Scheme: String, Hashable, Sendable {
        case http, https
    }

    public let scheme: Scheme
    /// In lower case; an IPv6 address keeps its brackets.
    public let host: String
    public let port: Int
    /// Path and query, byte for byte as they are sent: percent-encoded already.
    public let target: String

    /// Reads an absolute URL and drops its fragment. Throws `invalidURL` for anything else, and for a user name or
    /// password.
    public init(_ text: String) throws(TransportError) {
        try self.init(text, relativeTo: nil)
    }

    /// - Parameter base: where a relative text starts; nil if it must be absolute. A space and letters beyond ASCII are
    ///   then encoded, because servers write them into `Location`.
    init(_ text: String, relativeTo base: HTTPURL?) throws(TransportError) {
        func refuse(_ reason: String) -> TransportError { TransportError(invalidURL: text, reason) }

        guard base != nil || text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw refuse("it has a space, a control character or a letter beyond ASCII")
        }
        guard let parsed = curl_url() else { throw refuse("there is no memory to read it") }
        defer { curl_url_cleanup(parsed) }
        var flags = UInt32(CURLU_PATH_AS_IS | CURLU_DISALLOW_USER)
        if let base {
            guard curl_url_set(parsed, CURLUPART_URL, base.description, flags) == CURLUE_OK else {
                throw refuse("it is relative to no URL")
            }
            flags |= UInt32(CURLU_URLENCODE)
        }
        let code = curl_url_set(parsed, CURLUPART_URL, text, flags)
        guard code != CURLUE_USER_NOT_ALLOWED else {
            throw TransportError(invalidURL: "", "it carries a user name or a password")
        }
        guard code == CURLUE_OK || text.contains("://") else {
            let isHost = !text.isEmpty && text.first != "/"
            throw refuse(
                "it does not begin with `http://` or `https://`" + (isHost ? ", as `http://\(text)` does" : ""))
        }
        guard code == CURLUE_OK else { throw refuse(String(cString: curl_url_strerror(code)).lowercased()) }

        func part(_ part: CURLUPart) -> String? {
            var value: UnsafeMutablePointer<CChar>?
            guard curl_url_get(parsed, part, &value, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let value else {
                return nil
            }
            defer { curl_free(value) }
            return String(cString: value)
        }
        guard let scheme = part(CURLUPART_SCHEME).flatMap(Scheme.init) else { throw refuse("it is not http or https") }
        guard let host = part(CURLUPART_HOST), let port = part(CURLUPART_PORT).flatMap({ Int($0) }) else {
            throw refuse("it names no host")
        }
        self.scheme = scheme
        self.host = host.lowercased()
        self.port = port
        target = (part(CURLUPART_PATH) ?? "/") + (part(CURLUPART_QUERY).map { "?" + $0 } ?? "")
    }

    init(scheme: Scheme, host: String, port: Int, target: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.target = target
    }

    /// The same server with another path and query, which begin with `/` and are percent-encoded already.
    public func with(target: String) throws(TransportError) -> HTTPURL {
        guard target.hasPrefix("/"), target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x23 }) else {
            throw TransportError(
                invalidURL: origin + target, "the path is not percent-encoded or does not begin with /")
        }
        return HTTPURL(scheme: scheme, host: host, port: port, target: target)
    }

    /// Scheme, host and port; the port only if it is not the scheme's default.
    public var origin: String {
        let isDefault = port == (scheme == .https ? 443 : 80)
        return "\(scheme.rawValue)://\(host)\(isDefault ? "" : ":\(port)")"
    }

    public var description: String { origin + target }
}
