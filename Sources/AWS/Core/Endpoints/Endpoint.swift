internal import HTTP
internal import TextCoding

/// The address for the calls of one service and bucket.
struct Endpoint: Hashable, Sendable {
    /// Scheme, host and port.
    let base: HTTPURL
    /// The prefix of the request's path, percent-encoded: empty, or such as `/bucket`.
    let prefix: String

    /// The value of the `Host` header.
    let host: String

    init(_ url: HTTPURL, bucket: String? = nil) {
        base = url
        let path = String(url.target.prefix { $0 != "?" })
        prefix =
            (path.hasSuffix("/") ? String(path.dropLast()) : path)
            + (bucket.map { "/" + PercentEncoding.component.encode($0) } ?? "")
        host = String(url.origin.dropFirst(url.scheme.rawValue.count + 3))
    }
}
