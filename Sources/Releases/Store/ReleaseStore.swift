public import PipelineKit
public import SystemPackage

/// What keeps releases and the runner's records about them. It asks only for what both a folder and a bucket can do:
/// whole objects are written, listed, copied inside the store and deleted; nothing is appended to.
///
/// Everything else (deployments, pointers, hold, retiring) is built on it in extensions, once for all stores.
public protocol ReleaseStore: Sendable {
    /// What its lease is taken of.
    var resource: Resource { get }

    /// - Returns: nil where there is none.
    func read(_ record: StoreRecord) async throws -> [UInt8]?

    /// Replaces a record as a whole; it is durable when this returns.
    func write(_ bytes: [UInt8], to record: StoreRecord) async throws

    /// The names of the records of one folder, sorted.
    func records(in folder: StoreRecord.Folder) async throws -> [StoreRecord]

    /// Durable when this returns; no error where there is none.
    func delete(_ record: StoreRecord) async throws

    /// A file of this machine with the record's bytes, for what is too large for memory.
    ///
    /// - Parameter folder: where a store that is elsewhere puts its copy.
    /// - Returns: nil where there is no such record.
    func file(of record: StoreRecord, in folder: FilePath) async throws -> FilePath?

    /// Replaces a record by a file of this machine; it is durable when this returns.
    func put(_ file: FilePath, as record: StoreRecord) async throws

    /// The record is durable under its new name before the old one goes. No error where it was moved already.
    func move(_ record: StoreRecord, to target: StoreRecord) async throws

    /// Whether anything at all is stored for a version.
    func hasFiles(of version: ReleaseVersion) async throws -> Bool

    /// Stores the files of a release: by a copy inside the store where the previous release has the same, from this
    /// machine otherwise. What is there already with the right bytes stays.
    ///
    /// - Throws: `StepError` `source-changed` where a file is no longer what the asset list says.
    func transfer(_ plan: ReleasePlan, in context: StepContext) async throws -> TransferCounts

    /// Makes everything transferred durable.
    func settle() async throws

    /// Lists a release and compares it with a manifest.
    func check(
        _ version: ReleaseVersion, against manifest: FilePath, _ verification: Verification
    ) async throws -> Completeness

    /// Deletes the files that a manifest names and the folders that are then empty, and nothing else.
    ///
    /// - Parameter keeping: another manifest whose files stay.
    func removeFiles(of version: ReleaseVersion, namedBy manifest: FilePath, keeping: FilePath?) async throws

    /// The release whose files viewers of a pointer get now; nil where it is at none of this store.
    ///
    /// - Throws: where it cannot be read.
    func target(of pointer: Pointer) async throws -> ReleaseVersion?
}

/// How a release is compared with its manifest before it counts as complete.
public enum Verification: String, OptionChoice {
    /// Every key and size.
    case size
    /// Every byte as well, read back.
    case full
}
