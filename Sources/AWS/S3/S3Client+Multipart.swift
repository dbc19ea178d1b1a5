public import Digest
public import HTTP
public import ObjectStorage
internal import TextCoding

/// A part that S3 has, or should have.
public struct UploadedPart: Hashable, Sendable {
    /// From 1.
    public var number: Int
    /// With its quotes.
    public var etag: String
    /// Base64.
    public var checksumSHA256: String
    /// In bytes.
    public var size: Int
}

/// An upload that was begun and neither joined nor aborted.
public struct PendingUpload: Hashable, Sendable {
    public var key: String
    public var uploadID: String
    /// ISO 8601, as sent.
    public var initiated: String
}

extension S3Client {
    /// Begins an upload in parts. The headers are those of the finished object.
    ///
    /// - Parameter onAttempt: called with the number of each attempt, from 1. One whose reply was lost may have begun
    ///   an upload.
    /// - Returns: the upload's id.
    public func createMultipartUpload(
        _ key: String, headers: ObjectHeaders = ObjectHeaders(), onAttempt: (@Sendable (Int) -> Void)? = nil
    ) async throws -> String {
        var fields = HTTPHeaders()
        headers.add(to: &fields)
        return try await preferring(.checksums) {
            var fields = fields
            fields.add("x-amz-checksum-algorithm", "SHA256")
            return try await begin(key, fields, onAttempt)
        } else: {
            try await begin(key, fields, onAttempt)
        }
    }

    private func begin(
        _ key: String, _ fields: HTTPHeaders, _ onAttempt: (@Sendable (Int) -> Void)?
    ) async throws -> String {
        var request = request("CreateMultipartUpload", .post, key, query: [("uploads", nil)], headers: fields)
        request.onAttempt = onAttempt
        return try await sender.read(request, root: "InitiateMultipartUploadResult") { try $0.required("UploadId") }
    }

    /// Sends a part: at least 5 MiB unless it is the last.
    ///
    /// - Parameters:
    ///   - number: 1 … 10,000.
    ///   - sha256: of the part's bytes.
    public func uploadPart(
        _ key: String, uploadID: String, number: Int, _ body: RequestBody, sha256: SHA256Digest
    ) async throws -> UploadedPart {
        let checksum = Base64.encode(sha256.bytes)
        var request = request(
            "UploadPart", .put, key, query: [("partNumber", String(number)), ("uploadId", uploadID)], body: body)
        request.payload = .sha256(sha256)
        let tag = try await preferring(.checksums) {
            var request = request
            request.headers.add("x-amz-checksum-sha256", checksum)
            return try etag(of: await sender.send(request), to: request)
        } else: {
            try etag(of: await sender.send(request), to: request)
        }
        return UploadedPart(number: number, etag: tag, checksumSHA256: checksum, size: body.count)
    }

    /// Joins the parts into the object.
    ///
    /// - Throws: `AWSError` with status 409 if the upload must be started anew; `NoSuchUpload` if it was joined or
    ///   aborted before.
    public func completeMultipartUpload(
        _ key: String, uploadID: String, parts: [UploadedPart], if condition: WriteCondition? = nil
    ) async throws -> String {
        try await preferring(.checksums) {
            try await completeMultipartUpload(
                key, uploadID: uploadID, parts: parts, if: condition, hasChecksums: true)
        } else: {
            try await completeMultipartUpload(
                key, uploadID: uploadID, parts: parts, if: condition, hasChecksums: false)
        }
    }

    /// The same in one way.
    func completeMultipartUpload(
        _ key: String, uploadID: String, parts: [UploadedPart], if condition: WriteCondition?, hasChecksums: Bool
    ) async throws -> String {
        var writer = XMLWriter()
        writer.element("CompleteMultipartUpload", namespace: "http://s3.amazonaws.com/doc/2006-03-01/") { writer in
            for part in parts.sorted(by: { $0.number < $1.number }) {
                writer.element("Part") { writer in
                    if hasChecksums { writer.element("ChecksumSHA256", part.checksumSHA256) }
                    writer.element("ETag", part.etag)
                    writer.element("PartNumber", String(part.number))
                }
            }
        }
        var fields: HTTPHeaders = ["content-type": "application/xml"]
        if let condition { fields.add(condition.header.name, condition.header.value) }
        var request = request(
            "CompleteMultipartUpload", .post, key, query: [("uploadId", uploadID)], headers: fields,
            body: .bytes(writer.bytes))
        request.mayFailInBody = true
        request.timeouts.idle = Self.longestWork
        // Not every server that speaks for S3 names it as S3 does.
        return try await sender.read(
            request, root: "CompleteMultipartUploadResult", or: "CompleteMultipartUploadResponse"
        ) { try $0.required("ETag") }
    }

    /// Ends an upload once; parts that are on their way may still arrive after it.
    ///
    /// - Returns: false if there is no such upload any more.
    @discardableResult
    public func abortMultipartUpload(_ key: String, uploadID: String) async throws -> Bool {
        do {
            _ = try await sender.send(
                request("AbortMultipartUpload", .delete, key, query: [("uploadId", uploadID)]))
            return true
        } catch let error as AWSError where error.serviceCode == "NoSuchUpload" || Self.isGone(error) {
            return false
        }
    }

    /// The parts that S3 has of an upload; nil if there is no such upload any more.
    public func listParts(_ key: String, uploadID: String) async throws -> [UploadedPart]? {
        var parts: [UploadedPart] = []
        var marker: Int?
        while true {
            var query: [(String, String?)] = [("uploadId", uploadID)]
            if let marker { query.append(("part-number-marker", String(marker))) }
            do {
                let page = try await partPage(request("ListParts", .get, key, query: query))
                parts += page.parts
                guard let next = page.next else { return parts }
                // Markers only ever rise, so a list that goes in circles is seen at once.
                guard next > marker ?? 0 else {
                    throw S3Error(.repeatedContinuation, "ListParts", url(key), "a page names itself as the next")
                }
                marker = next
            } catch let error as AWSError where error.serviceCode == "NoSuchUpload" {
                return nil
            }
        }
    }

    private func partPage(_ request: AWSRequest) async throws -> (parts: [UploadedPart], next: Int?) {
        try await sender.read(request, root: "ListPartsResult") { root in
            let parts = try root.children("Part").map { part in
                UploadedPart(
                    number: try part.requiredInteger("PartNumber"), etag: part.text("ETag") ?? "",
                    checksumSHA256: part.text("ChecksumSHA256") ?? "", size: try part.requiredInteger("Size"))
            }
            let isTruncated = root.text("IsTruncated") == "true"
            return (parts, isTruncated ? try root.requiredInteger("NextPartNumberMarker") : nil)
        }
    }
}
