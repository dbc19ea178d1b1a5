public import Digest
public import FoundationEssentials
public import HTTP
public import PipelineKit

/// Objects under keys, as a bucket holds them: what a release store in a bucket and a mirror ask of one.
///
/// Keys are plain text and compared byte by byte: Swift's `==` holds two spellings of `é` for the same, so whoever
/// puts keys into a set or a dictionary takes their UTF-8.
///
/// Storages differ. What one of them can do is a value, `capabilities`, and whoever calls decides by it. Two things
/// every implementation does in whatever way it can: it looks before a write if it takes no condition, and it deletes
/// keys one by one if it does not take many. It refuses a call that its capabilities exclude.
public protocol ObjectStorage: Sendable {
    /// What it can do, as far as that is known by now.
    var capabilities: StorageCapabilities { get }

    /// A moment of this machine's clock, by the storage's, as far as it is known that they differ.
    func date(_ local: Date) -> Date

    /// Where an object is, for messages: such as `s3://bucket/key`.
    func url(_ key: String) -> String

    /// The command that deletes an object by hand, for messages.
    func deletionCommand(of key: String) -> String

    /// The command that deletes every object below a prefix by hand, for messages.
    func deletionCommand(below prefix: String) -> String

    /// The objects whose keys begin with `prefix`, in no order to rely on.
    ///
    /// - Parameter delimiter: `/` to see one level only.
    func listObjects(prefix: String, delimiter: String?) -> ObjectListing

    /// What is known of an object without its bytes.
    ///
    /// - Returns: nil if there is no such key.
    func headObject(_ key: String) async throws -> ObjectInfo?

    /// Reads an object into memory.
    ///
    /// - Returns: nil if there is no such key.
    /// - Throws: `StorageError` `tooLong`.
    func getObject(_ key: String, maximumBytes: Int) async throws -> ObjectContent?

    /// A range of an object's bytes, less of them if it ends before, and the object's ETag.
    ///
    /// - Returns: nil if there is no such key.
    func getPart(of key: String, _ range: Range<Int>) async throws -> (bytes: [UInt8], etag: String)?

    /// Reads an object of any size piece by piece.
    ///
    /// - Parameters:
    ///   - restart: called before each attempt: what an earlier one has written must go.
    ///   - write: gets the pieces; it must not block. False ends the transfer.
    /// - Returns: nil if there is no such key.
    func getObject(
        _ key: String, restart: @escaping @Sendable () -> Void, to write: @escaping HTTPRequest.Sink
    ) async throws -> ObjectDownload?

    /// Stores an object, or replaces it, in one call.
    ///
    /// - Parameters:
    ///   - sha256: of the body's bytes.
    ///   - condition: what must hold at that moment; a storage that takes no such condition looks before.
    func put(
        _ key: String, _ body: RequestBody, sha256: SHA256Digest, headers: ObjectHeaders,
        ifKnown condition: WriteCondition?
    ) async throws -> WriteOutcome

    /// Stores files, each in one call and all of them at the same time: how many that may be is for the caller to say.
    /// A condition of a file counts if the storage takes such conditions.
    ///
    /// - Returns: a result for each, in their order. A failure may be a `StorageError` `sourceChanged`, or a
    ///   `FileError`.
    func put(_ batch: [ObjectUpload]) async -> [Result<WriteOutcome, any Error>]

    /// Stores a small object if a condition holds, and settles every doubt about the outcome by a look at what is
    /// stored.
    ///
    /// - Parameters:
    ///   - bytes: such as nobody else writes, with a nonce or a run's id in them.
    ///   - maximumBytes: the longest object that is read back.
    func putConfirmed(
        _ key: String, _ bytes: [UInt8], headers: ObjectHeaders, if condition: WriteCondition, maximumBytes: Int,
        clock: any RunClock
    ) async throws -> ConfirmedWrite

    /// Stores an object in parts, several at a time, and leaves no parts behind if that fails. Only with
    /// `capabilities.multipart`.
    ///
    /// - Parameter source: gives the body and the digest of a range of the object's bytes.
    /// - Returns: never `contended`.
    func putInParts(
        _ key: String, _ plan: PartPlan, headers: ObjectHeaders, if condition: WriteCondition?, clock: any RunClock,
        _ source: @escaping PartSource
    ) async throws -> WriteOutcome

    /// Ends every upload in parts below a prefix that was begun and neither joined nor given up. A storage that does
    /// not let its caller list them leaves them.
    func abortPartialUploads(below prefix: String, clock: any RunClock) async throws

    /// Copies an object without sending its bytes. Only with `capabilities.copies`.
    ///
    /// - Parameters:
    ///   - etag: what the source must have, with its quotes; nil for anything.
    ///   - headers: those of the copy, in place of the source's; nil takes the source's over, and its tags.
    ///   - condition: what must hold of the copy's key; a storage that takes no such condition does without.
    func copyObject(
        from source: String, ifMatch etag: String?, to key: String, headers: ObjectHeaders?,
        if condition: WriteCondition?
    ) async throws -> CopyOutcome

    /// Deletes one object; one that is not there is deleted already.
    func deleteObject(_ key: String) async throws

    /// Deletes objects, in as many calls as the storage needs; those that are not there are deleted already.
    ///
    /// - Throws: `StorageError` `keysNotDeleted` if some stay.
    func deleteObjects(_ keys: [String]) async throws

    /// The same storage, which tells of every attempt that failed and is repeated.
    func reportingRetries(to body: @escaping @Sendable (any DescribedError) -> Void) -> any ObjectStorage
}

/// Gives the body and the digest of a range of an object's bytes.
public typealias PartSource = @Sendable (Range<Int>) async throws -> (RequestBody, SHA256Digest)

extension ObjectStorage {
    public func date(_ local: Date) -> Date { local }

    public func listObjects(prefix: String) -> ObjectListing { listObjects(prefix: prefix, delimiter: nil) }

    /// The digest of an object's bytes, which are read for that; nil if there is no such key.
    public func readDigest(of key: String) async throws -> SHA256Digest? {
        try await getObject(key, restart: {}, to: { _ in true })?.sha256
    }

    /// The first bytes of an object, all of it if it is shorter, and the object's ETag.
    ///
    /// - Returns: nil if there is no such key.
    public func getStart(of key: String, bytes count: Int) async throws -> (bytes: [UInt8], etag: String)? {
        try await getPart(of: key, 0..<count)
    }
}
