public import ObjectStorage
internal import Synchronization

/// What a server that speaks S3 can do: what is known before it is asked, less what its refusals have taught. A client
/// learns from the first refusal and then does without, so that a run asks once.
public final class LearntCapabilities: Sendable {
    private let value: Mutex<StorageCapabilities>

    public init(_ known: StorageCapabilities = StorageCapabilities()) {
        value = Mutex(known)
    }

    var known: StorageCapabilities { value.withLock { $0 } }

    func remove(_ capability: DeniableCapability) { value.withLock { capability.remove(from: &$0) } }
}

/// A capability that a server can be asked for, and does without if it is refused.
enum DeniableCapability: Hashable, Sendable {
    /// `DeleteObjects`: many keys in one call.
    case batchDeletion
    /// The condition's header, of `PutObject`.
    case conditionalPut(WriteCondition)
    /// The same of `CopyObject`, about the copy.
    case conditionalCopy(WriteCondition)
    /// The same of `CompleteMultipartUpload`.
    case conditionalJoin(WriteCondition)

    func isIn(_ capabilities: StorageCapabilities) -> Bool {
        switch self {
        case .batchDeletion: capabilities.deletion != .oneByOne
        case .conditionalPut(let condition): capabilities.conditionalPut.take(condition)
        case .conditionalCopy(let condition): capabilities.conditionalCopy.take(condition)
        case .conditionalJoin(let condition): capabilities.conditionalJoin.take(condition)
        }
    }

    /// A server that refuses one of the two conditions is not asked for the other.
    func remove(from capabilities: inout StorageCapabilities) {
        switch self {
        case .batchDeletion: capabilities.deletion = .oneByOne
        case .conditionalPut: capabilities.conditionalPut = []
        case .conditionalCopy: capabilities.conditionalCopy = []
        case .conditionalJoin: capabilities.conditionalJoin = []
        }
    }

    /// True if a server may have said that it does not have this. Another cause is possible: only a plain call that
    /// succeeds tells.
    func isDenied(by error: AWSError) -> Bool {
        switch self {
        case .batchDeletion:
            // Older servers want Content-MD5, or take the checksum header for a mistake.
            [405, 501].contains(error.status)
                || error.status == 400 && Self.codesOfDeletion.contains(error.serviceCode)
        case .conditionalPut, .conditionalCopy, .conditionalJoin:
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
        _ capability: DeniableCapability, _ better: () async throws -> Value,
        else plain: () async throws -> Value
    ) async throws -> Value {
        guard capability.isIn(capabilities) else { return try await plain() }
        do {
            return try await better()
        } catch let error as AWSError where capability.isDenied(by: error) {
            let value = try await plain()
            learnt.remove(capability)
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
