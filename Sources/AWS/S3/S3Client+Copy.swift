internal import HTTP
internal import TextCoding

/// How a copy inside the store ended.
public enum CopyOutcome: Hashable, Sendable {
    case copied(etag: String)
    /// There is no such key to copy from.
    case sourceMissing
    /// The source has another ETag than was asked for.
    case sourceChanged
    /// What was asked for of the copy's key does not hold.
    case conditionFalse
    /// Another write of the copy's key was under way: to be tried again after a new look.
    case contended
}

extension S3Client {
    /// Copies an object without sending its bytes: up to 5 GiB.
    ///
    /// - Parameters:
    ///   - bucket: of the source, where it is another one.
    ///   - etag: what the source has to have, with its quotes; nil for anything.
    ///   - headers: those of the copy, in place of the source's; nil takes the source's over, and its tags. A website redirect is never taken over.
    ///   - condition: what must hold of the copy's key; a server that knows no such conditions does without.
    public func copyObject(
        from source: String, in bucket: String? = nil, ifMatch etag: String? = nil, to key: String,
        headers: ObjectHeaders? = nil, if condition: WriteCondition? = nil
    ) async throws -> CopyOutcome {
        guard let condition else {
            return try await copy(source, bucket ?? self.bucket, etag, to: key, headers, nil)
        }
        return try await preferring(.conditionalCopy) {
            try await copy(source, bucket ?? self.bucket, etag, to: key, headers, condition)
        } else: {
            try await copy(source, bucket ?? self.bucket, etag, to: key, headers, nil)
        }
    }

    private func copy(
        _ source: String, _ bucket: String, _ etag: String?, to key: String, _ headers: ObjectHeaders?,
        _ condition: WriteCondition?
    ) async throws -> CopyOutcome {
        var fields = HTTPHeaders()
        headers?.add(to: &fields)
        fields.add("x-amz-copy-source", PercentEncoding.path.encode("\(bucket)/\(source)"))
        fields.add("x-amz-metadata-directive", headers == nil ? "COPY" : "REPLACE")
        // To take tags over S3 wants to be allowed to read and write them; objects with headers of their own need none.
        if headers != nil { fields.add("x-amz-tagging-directive", "REPLACE") }
        // A source that was sent in parts has no digest of its whole: the copy gets one.
        fields.add("x-amz-checksum-algorithm", "SHA256")
        if let etag { fields.add("x-amz-copy-source-if-match", etag) }
        if let condition { fields.add(condition.header.name, condition.header.value) }
        var request = request("CopyObject", .put, key, headers: fields)
        request.mayFailInBody = true
        do {
            return .copied(etag: try await sender.read(request, root: "CopyObjectResult") { try $0.required("ETag") })
        } catch let error as AWSError where error.serviceCode == "NoSuchKey" {
            return .sourceMissing
        } catch let error as AWSError where error.status == 412 {
            return try await failedCondition(source, in: bucket, etag, condition)
        } catch let error as AWSError {
            guard let condition, case .contended? = WriteOutcome(error, of: condition) else { throw error }
            return .contended
        }
    }

    /// A 412 says that a condition is false, and not which.
    private func failedCondition(
        _ source: String, in bucket: String, _ etag: String?, _ condition: WriteCondition?
    ) async throws -> CopyOutcome {
        guard condition != nil else { return .sourceChanged }
        guard let etag else { return .conditionFalse }
        let there = S3Client(bucket: bucket, sender: sender, capabilities: capabilities)
        guard let info = try await there.headObject(source) else { return .sourceMissing }
        return ETag.areSame(info.etag, etag) ? .conditionFalse : .sourceChanged
    }
}
