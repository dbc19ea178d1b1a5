public import Digest
public import HTTP
public import ObjectStorage
internal import TextCoding

extension S3Client {
    /// Stores an object, or replaces it. S3 compares the bytes with `sha256` before it takes them.
    ///
    /// - Parameter sha256: of the body's bytes.
    /// - Returns: the ETag, with its quotes.
    @discardableResult
    public func putObject(
        _ key: String, _ body: RequestBody, sha256: SHA256Digest, headers: ObjectHeaders = ObjectHeaders()
    ) async throws -> String {
        try await preferring(.checksums) {
            try await stored(putRequest(key, body, sha256: sha256, headers: headers, keepsSHA256: true))
        } else: {
            try await stored(putRequest(key, body, sha256: sha256, headers: headers, keepsSHA256: false))
        }
    }

    /// Stores an object if the condition holds.
    ///
    /// - Throws: what `AWSSender.send` throws. After a `TransportError` the object may have been stored.
    public func putObject(
        _ key: String, _ body: RequestBody, sha256: SHA256Digest, headers: ObjectHeaders = ObjectHeaders(),
        if condition: WriteCondition
    ) async throws -> WriteOutcome {
        try await preferring(.checksums) {
            try await put(key, body, sha256: sha256, headers, if: condition, keepsSHA256: true)
        } else: {
            try await put(key, body, sha256: sha256, headers, if: condition, keepsSHA256: false)
        }
    }

    private func put(
        _ key: String, _ body: RequestBody, sha256: SHA256Digest, _ headers: ObjectHeaders,
        if condition: WriteCondition, keepsSHA256: Bool
    ) async throws -> WriteOutcome {
        do {
            return .written(
                etag: try await stored(
                    putRequest(
                        key, body, sha256: sha256, headers: headers, if: condition, keepsSHA256: keepsSHA256)))
        } catch let error as AWSError {
            guard let outcome = WriteOutcome(error, of: condition) else { throw error }
            return outcome
        }
    }

    /// The same on any server: one that knows no conditions is looked at before the object is stored.
    public func put(
        _ key: String, _ body: RequestBody, sha256: SHA256Digest, headers: ObjectHeaders = ObjectHeaders(),
        ifKnown condition: WriteCondition?
    ) async throws -> WriteOutcome {
        try await preferring(.checksums) {
            try await put(key, body, sha256: sha256, headers, ifKnown: condition, keepsSHA256: true)
        } else: {
            try await put(key, body, sha256: sha256, headers, ifKnown: condition, keepsSHA256: false)
        }
    }

    private func put(
        _ key: String, _ body: RequestBody, sha256: SHA256Digest, _ headers: ObjectHeaders,
        ifKnown condition: WriteCondition?, keepsSHA256: Bool
    ) async throws -> WriteOutcome {
        let plain = putRequest(key, body, sha256: sha256, headers: headers, keepsSHA256: keepsSHA256)
        guard let condition else { return .written(etag: try await stored(plain)) }
        return try await preferring(.conditionalPut(condition)) {
            try await put(key, body, sha256: sha256, headers, if: condition, keepsSHA256: keepsSHA256)
        } else: {
            guard try await holds(condition, for: key) else { return .conditionFalse }
            return .written(etag: try await stored(plain))
        } teachesIf: {
            // Nothing was written: what the server has refused is not known.
            $0 != .conditionFalse
        }
    }

    /// True if a condition holds now. It may be false again when the answer is here.
    func holds(_ condition: WriteCondition, for key: String) async throws -> Bool {
        let there = try await headObject(key)
        return switch condition {
        case .absent: there == nil
        case .etag(let etag): there.map { ETag.areSame($0.etag, etag) } ?? false
        }
    }

    /// The call of `putObject`.
    ///
    /// - Parameter keepsSHA256: what the server's capabilities say, asked once for many calls.
    func putRequest(
        _ key: String, _ body: RequestBody, sha256: SHA256Digest, headers: ObjectHeaders,
        if condition: WriteCondition? = nil, keepsSHA256: Bool
    ) -> AWSRequest {
        var fields = HTTPHeaders()
        headers.add(to: &fields)
        if keepsSHA256 { fields.add("x-amz-checksum-sha256", Base64.encode(sha256.bytes)) }
        if let condition { fields.add(condition.header.name, condition.header.value) }
        var request = request("PutObject", .put, key, headers: fields, body: body)
        request.payload = .sha256(sha256)
        return request
    }

    private func stored(_ request: AWSRequest) async throws -> String {
        try etag(of: await sender.send(request), to: request)
    }

    func etag(of response: HTTPResponse, to request: AWSRequest) throws -> String {
        guard let etag = response.headers["etag"], !etag.isEmpty else {
            throw S3Error(.unexpectedReply, request.operation, request.resource, "the reply has no ETag")
        }
        return etag
    }
}
