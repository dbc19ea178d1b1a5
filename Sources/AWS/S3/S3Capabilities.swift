internal import Synchronization

/// What a server that speaks S3 turned out not to know. A client learns it from the first refusal and then does without, so
/// that a run asks once.
public final class S3Capabilities: Sendable {
    /// What not every server has.
    enum Capability: Hashable, Sendable {
        /// `DeleteObjects`: many keys in one call.
        case batchDeletion
        /// `If-None-Match` and `If-Match` on `PutObject`.
        case conditionalPut
        /// The same on `CopyObject`, about the copy.
        case conditionalCopy
        /// The same on `CompleteMultipartUpload`.
        case conditionalCompletion
    }

    private let missing = Mutex<Set<Capability>>([])

    public init() {}

    func has(_ capability: Capability) -> Bool { missing.withLock { !$0.contains(capability) } }
    func lacks(_ capability: Capability) { _ = missing.withLock { $0.insert(capability) } }
}

extension S3Capabilities.Capability {
    /// Whether a server may have said that it does not have this. Another cause is possible: only a plain call that succeeds
    /// tells.
    func isDenied(by error: AWSError) -> Bool {
        switch self {
        case .batchDeletion:
            // Older servers want Content-MD5, or take the checksum header for a mistake.
            [405, 501].contains(error.status)
                || error.status == 400 && Self.codesOfDeletion.contains(error.serviceCode)
        case .conditionalPut, .conditionalCopy, .conditionalCompletion:
            error.status == 501 || error.status == 400 && Self.codesOfConditions.contains(error.serviceCode)
        }
    }

    private static let codesOfDeletion: Set<String> = [
        "MissingContentMD5", "InvalidRequest", "InvalidDigest", "NotImplemented", "MalformedXML",
    ]
    private static let codesOfConditions: Set<String> = ["NotImplemented", "InvalidRequest", "InvalidArgument"]
}

extension S3Client {
    /// Makes a call in the better way if the server has what that takes, and otherwise in the plain way.
    ///
    /// - Throws: what the plain way throws after the server has denied the better one.
    func preferring<Value: Sendable>(
        _ capability: S3Capabilities.Capability, _ better: () async throws -> Value,
        else plain: () async throws -> Value
    ) async throws -> Value {
        guard capabilities.has(capability) else { return try await plain() }
        do {
            return try await better()
        } catch let error as AWSError where capability.isDenied(by: error) {
            let value = try await plain()
            capabilities.lacks(capability)
            return value
        }
    }
}

extension AWSClient {
    /// A bucket, and what this client has learnt of the server that it is on.
    public func s3(_ bucket: String) -> S3Client {
        S3Client(bucket: bucket, sender: self, capabilities: s3Capabilities)
    }
}
