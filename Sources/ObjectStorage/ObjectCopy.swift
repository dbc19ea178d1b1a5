public import PipelineKit
internal import Digest
internal import HTTP

extension ObjectStorage {
    /// Copies an object: inside the storage if it copies objects of that size, and through this machine otherwise.
    ///
    /// Through this machine no tags are taken over. The other parameters are those of `copyObject`.
    ///
    /// - Parameter size: of the source, in bytes.
    public func copy(
        from source: String, size: Int, ifMatch etag: String? = nil, to key: String, headers: ObjectHeaders? = nil,
        if condition: WriteCondition? = nil, clock: any RunClock
    ) async throws -> CopyOutcome {
        if let copies = capabilities.copies, size <= copies.maximumSize {
            return try await copyObject(from: source, ifMatch: etag, to: key, headers: headers, if: condition)
        }
        do {
            return try await copyThroughHere(from: source, etag, to: key, headers, condition, clock)
        } catch is SourceChanged {
            return .sourceChanged
        }
    }

    /// No more than a few parts are in memory, unless the storage takes no parts.
    private func copyThroughHere(
        from source: String, _ etag: String?, to key: String, _ headers: ObjectHeaders?,
        _ condition: WriteCondition?, _ clock: any RunClock
    ) async throws -> CopyOutcome {
        guard let info = try await headObject(source) else { return .sourceMissing }
        if let etag, !ETag.areSame(etag, info.etag) { return .sourceChanged }
        @Sendable func read(_ range: Range<Int>) async throws -> (RequestBody, SHA256Digest) {
            if range.isEmpty { return (.empty, SHA256.hash([])) }
            guard let part = try await getPart(of: source, range), part.bytes.count == range.count,
                ETag.areSame(part.etag, info.etag)
            else { throw SourceChanged() }
            return (.bytes(part.bytes), SHA256.hash(part.bytes))
        }
        let headers = headers ?? info.headers
        let plan = capabilities.multipart.flatMap { PartPlan(size: info.size, partSize: 16 << 20, $0) }
        let outcome: WriteOutcome
        if let plan, plan.count > 1 {
            outcome = try await putInParts(key, plan, headers: headers, if: condition, clock: clock, read)
        } else {
            let (body, digest) = try await read(0..<info.size)
            outcome = try await put(key, body, sha256: digest, headers: headers, ifKnown: condition)
        }
        return switch outcome {
        case .written(let etag): .copied(etag: etag)
        case .conditionFalse: .conditionFalse
        case .contended: .contended
        }
    }
}

private struct SourceChanged: Error {}
