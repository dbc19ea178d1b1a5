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
        let copy = Copy(source: source, etag: etag, key: key, headers: headers)
        return try await preferring(.checksums) {
            try await send(copy, if: condition, hasChecksum: true)
        } else: {
            try await send(copy, if: condition, hasChecksum: false)
        }
    }

    private struct Copy {
        var source: String
        var etag: String?
        var key: String
        var headers: ObjectHeaders?
    }

    private func send(_ copy: Copy, if condition: WriteCondition?, hasChecksum: Bool) async throws -> CopyOutcome {
        // One that takes tags over needs the right to read and write them. One with headers of its own has no tags.
        guard copy.headers != nil else {
            return try await sendChecked(copy, condition, hasChecksum, replacesTags: false)
        }
        return try await preferring(.replacedTags) {
            try await sendChecked(copy, condition, hasChecksum, replacesTags: true)
        } else: {
            try await sendChecked(copy, condition, hasChecksum, replacesTags: false)
        }
    }

    private func sendChecked(
        _ copy: Copy, _ condition: WriteCondition?, _ hasChecksum: Bool, replacesTags: Bool
    ) async throws -> CopyOutcome {
        guard let etag = copy.etag else {
            return try await send(copy, if: condition, hasChecksum: hasChecksum, replacesTags: replacesTags)
        }
        return try await preferring(.checkedSource) {
            try await send(copy, if: condition, hasChecksum: hasChecksum, replacesTags: replacesTags)
        } else: {
            guard let info = try await headObject(copy.source) else { return .sourceMissing }
            guard ETag.areSame(info.etag, etag) else { return .sourceChanged }
            var copy = copy
            copy.etag = nil
            return try await send(copy, if: condition, hasChecksum: hasChecksum, replacesTags: replacesTags)
        } teachesIf: {
            if case .copied = $0 { true } else { false }
        }
    }

    private func send(
        _ copy: Copy, if condition: WriteCondition?, hasChecksum: Bool, replacesTags: Bool
    ) async throws -> CopyOutcome {
        guard let condition else { return try await send(copy, nil, hasChecksum, replacesTags) }
        return try await preferring(.conditionalCopy(condition)) {
            try await send(copy, condition, hasChecksum, replacesTags)
        } else: {
            try await send(copy, nil, hasChecksum, replacesTags)
        }
    }

    private func send(
        _ copy: Copy, _ condition: WriteCondition?, _ hasChecksum: Bool, _ replacesTags: Bool
    ) async throws -> CopyOutcome {
        let (source, etag, headers) = (copy.source, copy.etag, copy.headers)
        var fields = HTTPHeaders()
        headers?.add(to: &fields)
        fields.add("x-amz-copy-source", PercentEncoding.path.encode("\(bucket)/\(source)"))
        fields.add("x-amz-metadata-directive", headers == nil ? "COPY" : "REPLACE")
        if replacesTags { fields.add("x-amz-tagging-directive", "REPLACE") }
        // A source that was sent in parts has no digest of its whole: the copy gets one.
        if hasChecksum { fields.add("x-amz-checksum-algorithm", "SHA256") }
        if let etag { fields.add("x-amz-copy-source-if-match", etag) }
        if let condition { fields.add(condition.header.name, condition.header.value) }
        var request = request("CopyObject", .put, copy.key, headers: fields)
        request.mayFailInBody = true
        request.timeouts.idle = Self.longestWork
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
