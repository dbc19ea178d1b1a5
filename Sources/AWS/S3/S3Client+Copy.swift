internal import HTTP

/// How a copy inside the store ended.
public enum CopyOutcome: Hashable, Sendable {
    case copied(etag: String)
    /// There is no such key to copy from.
    case sourceMissing
    /// The source has another ETag than was asked for.
    case sourceChanged
}

extension S3Client {
    /// Copies an object without sending its bytes: up to 5 GiB.
    ///
    /// - Parameters:
    ///   - bucket: of the source, where it is another one.
    ///   - etag: what the source has to have, with its quotes; nil for anything.
    ///   - headers: those of the copy, in place of the source's; nil takes the source's over, and its tags. A website redirect is never taken over.
    public func copyObject(
        from source: String, in bucket: String? = nil, ifMatch etag: String? = nil, to key: String,
        headers: ObjectHeaders? = nil
    ) async throws -> CopyOutcome {
        var fields = HTTPHeaders()
        headers?.add(to: &fields)
        fields.add("x-amz-copy-source", PercentEncoding.path("\(bucket ?? self.bucket)/\(source)"))
        fields.add("x-amz-metadata-directive", headers == nil ? "COPY" : "REPLACE")
        // To take tags over S3 wants to be allowed to read and write them; objects with headers of their own need none.
        if headers != nil { fields.add("x-amz-tagging-directive", "REPLACE") }
        // A source that was sent in parts has no digest of its whole: the copy gets one.
        fields.add("x-amz-checksum-algorithm", "SHA256")
        if let etag { fields.add("x-amz-copy-source-if-match", etag) }
        var request = request("CopyObject", .put, key, headers: fields)
        request.mayFailInBody = true
        do {
            return .copied(etag: try await sender.read(request, root: "CopyObjectResult") { try $0.required("ETag") })
        } catch let error as AWSError where error.serviceCode == "NoSuchKey" {
            return .sourceMissing
        } catch let error as AWSError where error.status == 412 {
            return .sourceChanged
        }
    }
}
