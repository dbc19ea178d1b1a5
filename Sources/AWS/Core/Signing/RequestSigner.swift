internal import Digest
internal import HTTP

/// Signs requests with Signature Version 4, in the `Authorization` header.
struct RequestSigner: Sendable {
    private let keys = SigningKeys()

    /// The parts of a request that a signature covers.
    struct Message {
        var method: HTTPMethod
        /// Canonical: encoded once for S3, twice for other services.
        var path: String
        /// Canonical: encoded and sorted.
        var query: String
        /// Including `host`.
        var headers: [HTTPHeaders.Field]
        /// Hexadecimal, or `UNSIGNED-PAYLOAD`.
        var payloadHash: String
    }

    /// Returns the headers with those that the signature adds: `x-amz-date`, `x-amz-security-token`, `Authorization`.
    func sign(
        _ message: Message, with credentials: Credentials, at date: SigningDate, region: String, service: String
    ) -> [HTTPHeaders.Field] {
        var headers = message.headers
        headers.append(HTTPHeaders.Field("x-amz-date", date.stamp))
        if let token = credentials.sessionToken {
            headers.append(HTTPHeaders.Field("x-amz-security-token", token))
        }
        let scope = SigningScope(day: String(date.day), region: region, service: service)
        let canonical = CanonicalHeaders(headers)
        let request = Self.canonicalRequest(message, canonical)
        let scopeText = scope.text
        let toSign = "AWS4-HMAC-SHA256\n\(date.stamp)\n\(scopeText)\n\(SHA256.hash(request.utf8))"
        let signature = keys.key(secret: credentials.secretAccessKey, scope: scope).authenticate(toSign.utf8)
        headers.append(
            HTTPHeaders.Field(
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scopeText), "
                    + "SignedHeaders=\(canonical.names), Signature=\(signature)"))
        return headers
    }

    static func canonicalRequest(_ message: Message, _ headers: CanonicalHeaders) -> String {
        var out = ""
        out.reserveCapacity(512)
        out += message.method.rawValue
        out += "\n"
        out += message.path
        out += "\n"
        out += message.query
        out += "\n"
        out += headers.lines
        out += "\n"
        out += headers.names
        out += "\n"
        out += message.payloadHash
        return out
    }
}
