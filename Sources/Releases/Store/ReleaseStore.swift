public import PipelineKit
public import SystemPackage

/// What keeps releases and the runner's records about them. It asks only for what both a folder and a bucket can do:
/// whole objects are written, listed, copied inside the store and deleted; nothing is appended to.
///
/// Everything else (deployments, pointers, hold, retiring) is built on it in extensions, once for all stores.
public protocol ReleaseStore: Sendable {
    /// What its lease is taken of.
    var resource: Resource { get }

    /// Where a release's files are, for messages: a path, or `s3://bucket/prefix/releases/v1/`.
    func location(of version: ReleaseVersion) -> String

    /// Where a record is, for messages.
    func location(of record: StoreRecord) -> String

    /// The command that deletes a release and records of it by hand, for messages.
    func deletionCommand(of version: ReleaseVersion, _ records: [StoreRecord]) -> String

    /// Asked before anything is written.
    ///
    /// - Returns: what throws a `StepError` if the store could not keep a file of the release as its entry says.
    /// - Throws: `StepError` if it could not keep the release at all.
    func entryCheck(of version: ReleaseVersion) throws -> @Sendable (ManifestEntry) throws -> Void

    /// - Returns: nil where there is none.
    func read(_ record: StoreRecord) async throws -> [UInt8]?

    func exists(_ record: StoreRecord) async throws -> Bool

    /// Replaces a record as a whole; it is durable when this returns.
    func write(_ bytes: [UInt8], to record: StoreRecord) async throws

    /// Writes a record where there is none of its name; it is durable when this returns.
    ///
    /// - Returns: what is there instead, which stays; nil where the record was written.
    func create(_ bytes: [UInt8], as record: StoreRecord) async throws -> [UInt8]?

    /// The names of the records of one folder, sorted.
    func records(in folder: StoreRecord.Folder) async throws -> [StoreRecord]

    /// Durable when this returns; no error where there is none.
    func delete(_ record: StoreRecord) async throws

    /// A file of this machine with the record's bytes, for what is too large for memory.
    ///
    /// - Parameter folder: where a store that is elsewhere puts its copy.
    /// - Returns: nil where there is no such record.
    func file(of record: StoreRecord, in folder: FilePath) async throws -> FilePath?

    /// The first line of a manifest, without the rest of it; nil where there is no such record.
    ///
    /// - Parameter folder: where a store that is elsewhere puts its copy.
    func header(in record: StoreRecord, copiedTo folder: FilePath) async throws -> ManifestHeader?

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

    /// Copies files of one release into another, inside the store. What is there already stays.
    ///
    /// - Parameter list: names them, in the form of a manifest.
    /// - Throws: `StepError` `file-gone` where a file is not in the release any more.
    func copyFiles(
        namedBy list: FilePath, from: ReleaseVersion, into: ReleaseVersion, in context: StepContext
    ) async throws

    /// Makes everything transferred durable.
    func settle() async throws

    /// Lists a release and compares it with a manifest.
    ///
    /// - Parameter folder: for what does not fit into memory.
    func check(
        _ version: ReleaseVersion, against manifest: FilePath, _ verification: Verification, in folder: FilePath
    ) async throws -> Completeness

    /// Deletes the files that a manifest names and the folders that are then empty, and nothing else. What stands in the
    /// place of one and is none, such as a folder, stays. What cannot be deleted keeps nothing else from going.
    ///
    /// - Parameter keeping: another manifest, whose files stay where the store can still tell whether they are as it says.
    func removeFiles(of version: ReleaseVersion, namedBy manifest: FilePath, keeping: FilePath?) async throws

    /// Names among the releases that no record stands for, sorted.
    ///
    /// - Parameter releases: those that the store has records of.
    func unknownReleases(besides releases: [StoredRelease]) async throws -> [String]

    /// What is stored for a release, and what of it takes room that deleting gives back.
    ///
    /// - Parameters:
    ///   - links: counts the links of files that are shared; asked about several releases in turn, it tells for each
    ///     what deleting it frees after those before it are gone.
    ///   - folder: for what does not fit into memory.
    func contents(of release: StoredRelease, _ links: LinkCount, in folder: FilePath) async throws -> ReleaseContents

    /// Reads every file of a release that another tool has made, once, and changes nothing.
    ///
    /// - Parameter list: gets the lines of a manifest, without its header.
    /// - Returns: no files if there are none.
    /// - Throws: `StepError` `foreign-entry` for what no manifest can name, `changed-meanwhile` if anything was changed.
    func examine(
        _ version: ReleaseVersion, listing list: FilePath, in context: StepContext
    ) async throws -> ForeignFiles

    /// What a release that was retired has left behind, because no record names it.
    func remains(of version: ReleaseVersion) async throws -> ReleaseContents

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
