public import ObjectStorage
public import PipelineKit
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
    /// The SHA-256 that goes with the bytes of an object, and the order to make one of a copy.
    case checksums
    /// The SHA-256 that a HEAD asks for.
    case toldChecksums
    /// The order that a copy has no tags.
    case replacedTags
    /// The ETag that the source of a copy must have.
    case checkedSource

    func isIn(_ capabilities: StorageCapabilities) -> Bool {
        switch self {
        case .batchDeletion: capabilities.deletion != .oneByOne
        case .conditionalPut(let condition): capabilities.conditionalPut.take(condition)
        case .conditionalCopy(let condition): capabilities.conditionalCopy.take(condition)
        case .conditionalJoin(let condition): capabilities.conditionalJoin.take(condition)
        case .checksums: capabilities.keepsSHA256
        case .toldChecksums: capabilities.knowsSHA256
        case .replacedTags: capabilities.copies?.replacesTags == true
        case .checkedSource: capabilities.copies?.checksSource == true
        }
    }

    /// A server that refuses one of the two conditions is not asked for the other.
    func remove(from capabilities: inout StorageCapabilities) {
        switch self {
        case .batchDeletion: capabilities.deletion = .oneByOne
        case .conditionalPut: capabilities.conditionalPut = []
        case .conditionalCopy: capabilities.conditionalCopy = []
        case .conditionalJoin: capabilities.conditionalJoin = []
        case .checksums: capabilities.keepsSHA256 = false
        case .toldChecksums: capabilities.tellsSHA256 = false
        case .replacedTags: capabilities.copies?.replacesTags = false
        case .checkedSource: capabilities.copies?.checksSource = false
        }
    }

    /// True if a server may have said that it does not have this. Another cause is possible: only a plain call that
    /// succeeds tells.
    func isDenied(by error: AWSError) -> Bool {
        switch self {
        case .batchDeletion:
            // Older servers want Content-MD5 and call its absence `InvalidDigest`; others have many codes for a call that they
            // do not know.
            [405, 501].contains(error.status)
                || error.status == 400
                    && (error.serviceCode == "InvalidDigest" || !Self.codesOfOtherFaults.contains(error.serviceCode))
        case .conditionalPut, .conditionalCopy, .conditionalJoin:
            error.status == 501 || error.status == 400 && Self.codesOfConditions.contains(error.serviceCode)
        case .checksums, .toldChecksums, .replacedTags, .checkedSource:
            // Servers have many codes for a header that they do not know, and none at all in the reply to a HEAD.
            error.status == 501 || error.status == 400 && !Self.codesOfOtherFaults.contains(error.serviceCode)
        }
    }

    private static let codesOfConditions: Set<String> = ["NotImplemented", "InvalidRequest", "InvalidArgument"]
    /// What a 400 says of the body, the credentials, the name or the moment, and not of a header.
    private static let codesOfOtherFaults: Set<String> = [
        "AccessControlListNotSupported", "BadDigest", "EntityTooLarge", "EntityTooSmall", "ExpiredToken",
        "IllegalLocationConstraintException", "IncompleteBody", "InvalidBucketName", "InvalidDigest", "InvalidPart",
        "InvalidPartOrder", "InvalidToken", "KeyTooLongError", "RequestTimeout", "TokenRefreshRequired",
        "XAmzContentSHA256Mismatch",
    ]
}

extension S3Client {
    /// Makes a call in the better way if the server has what that takes, and otherwise in the plain way.
    ///
    /// A server does not say which of several headers it refuses. So calls that ask for several things are nested: each
    /// is left out in turn, and what is learnt is what made the call succeed.
    ///
    /// - Parameter teaches: true if the value shows that the plain way has worked.
    /// - Throws: what the plain way throws after the server has denied the better one.
    func preferring<Value: Sendable>(
        _ capability: DeniableCapability, _ better: () async throws -> Value,
        else plain: () async throws -> Value, teachesIf teaches: (Value) -> Bool = { _ in true }
    ) async throws -> Value {
        guard capability.isIn(capabilities) else { return try await plain() }
        do {
            return try await better()
        } catch let error as AWSError where capability.isDenied(by: error) {
            let value = try await plain()
            if teaches(value) { learnt.remove(capability) }
            return value
        }
    }
}

extension AWSClient {
    /// A bucket, and what this client has learnt of the server that it is on.
    ///
    /// - Parameters:
    ///   - prefix: of the part of the bucket that belongs to the caller, without a `/` at its ends; may be empty.
    ///   - deadline: until when the bucket may be changed.
    public func s3(_ bucket: String, prefix: String = "", until deadline: LeaseDeadline? = nil) -> S3Client {
        S3Client(bucket: bucket, prefix: prefix, sender: self, capabilities: s3Capabilities, deadline: deadline)
    }
}
