internal import Digest
internal import FoundationEssentials
internal import HTTP
internal import PipelineKit
internal import TextCoding

/// Turns a call into a request that can be sent: endpoint, encoding, signature.
struct RequestBuilder: Sendable {
    private let signer = RequestSigner()

    /// - Parameter credentials: nil for a call that is not signed.
    func build(
        _ request: AWSRequest, to endpoint: Endpoint, region: String, with credentials: Credentials?, at date: Date
    ) throws -> HTTPRequest {
        let path = endpoint.prefix + "/" + PercentEncoding.path.encode(request.path)
        let query = CanonicalQuery(request.query)
        let url = try endpoint.base.with(target: query.sent.isEmpty ? path : "\(path)?\(query.sent)")
        var fields = request.headers.fields
        if let credentials {
            let payload = try payloadHash(of: request)
            if request.service == .s3 { fields.append(HTTPHeaders.Field("x-amz-content-sha256", payload)) }
            // The transport adds Host by itself, so it is signed here and not sent from here.
            fields.append(HTTPHeaders.Field("host", endpoint.host))
            let hostIndex = fields.count - 1
            let message = RequestSigner.Message(
                method: request.method,
                path: request.service.encodesPathTwice ? PercentEncoding.path.encode(path) : path,
                query: query.signed, headers: fields, payloadHash: payload)
            fields = signer.sign(
                message, with: credentials, at: SigningDate(date), region: request.service.signingRegion(region),
                service: request.service.signingName)
            fields.remove(at: hostIndex)
        }
        return HTTPRequest(
            request.method, url, headers: HTTPHeaders(fields), body: request.body, timeouts: request.timeouts,
            maximumBodyBytes: request.maximumBodyBytes, sink: request.sink)
    }

    private func payloadHash(of request: AWSRequest) throws -> String {
        switch (request.payload, request.body) {
        case (.unsigned, _): return "UNSIGNED-PAYLOAD"
        case (.sha256(let digest), _): return digest.description
        case (.ofBody, .empty): return Self.emptyHash
        case (.ofBody, .bytes(let bytes)): return SHA256.hash(bytes).description
        case (.ofBody, .file(let region)):
            throw StepError(
                "payload-hash-missing", "\(request.operation) of \(region.file.path) was given no SHA-256 to sign")
        }
    }

    private static let emptyHash = SHA256.hash([]).description
}
