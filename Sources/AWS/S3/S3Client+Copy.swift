internal import HTTP
public import ObjectStorage
internal import TextCoding

extension S3Client {
    /// Copies an object without sending its bytes: up to 5 GiB.
    ///
    /// - Parameters:
    ///   - etag: what the source must have, with its quotes; nil for anything.
    ///   - headers: those of the copy, in place of the source's; nil takes the source's over, and its tags. A website
    ///     redirect is never taken over.
    ///   - condition: what must hold of the copy's key; a server that knows no such conditions does without.
    public func copyObject(
        from source: String, ifMatch etag: String? = nil, to key: String, headers: ObjectHeaders? = nil,
        if condition: WriteCondition? = nil
    ) async throws -> CopyOutcome {
        guard let condition else { return try await copy(source, etag, to: key, headers, nil) }
        return try await preferring(.conditionalCopy(condition)) {
            try await copy(source, etag, to: key, headers, condition)
        } else: {
            try await copy(source, etag, to: key, headers, nil)
        }
    }

    private func copy(
        _ source: String, _ etag: String?, to key: String, _ headers: ObjectHeaders?, _ condition: WriteCondition?
    ) async throws -> CopyOutcome {
        let capabilities = capabilities
        var fields = HTTPHeaders()
        headers?.add(to: &fields)
        fields.add("x-amz-copy-source", PercentEncoding.path.encode("\(bucket)/\(source)"))
        fields.add("x-amz-metadata-directive", headers == nil ? "COPY" : "REPLACE")
        // A copy that takes tags over needs the right to read and write them. One with headers of its own has no tags.
        if headers != nil, capabilities.copies?.replacesTags == true {
            fields.add("x-amz-tagging-directive", "REPLACE")
        }
        // A source that was sent in parts has no digest of its whole: the copy gets one.
        if capabilities.keepsSHA256 { fields.add("x-amz-checksum-algorithm", "SHA256") }
        if let etag { fields.add("x-amz-copy-source-if-match", etag) }
        if let condition { fields.add(condition.header.name, condition.header.value) }
        var request = request("CopyObject", .put, key, headers: fields)
        request.mayFailInBody = true
        do {
            return .copied(etag: try await sender.read(request, root: "CopyObjectResult") { try $0.required("ETag") })
        } catch let error as AWSError where error.serviceCode == "NoSuchKey" {
            return .sourceMissing
        } catch let error as AWSError where error.status == 412 {
            return try await failedCondition(source, etag, condition)
        } catch let error as AWSError {
            guard let condition, case .contended? = WriteOutcome(error, of: condition) else { throw error }
            return .contended
        }
    }

    /// A 412 says that a condition is false, and not which.
    private func failedCondition(
        _ source: String, _ etag: String?, _ condition: WriteCondition?
    ) async throws -> CopyOutcome {
        guard condition != nil else { return .sourceChanged }
        guard let etag else { return .conditionFalse }
        guard let info = try await headObject(source) else { return .sourceMissing }
        return ETag.areSame(info.etag, etag) ? .conditionFalse : .sourceChanged
    }
}
