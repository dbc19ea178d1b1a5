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

    /// The command that deletes a record by hand, for messages.
    func deletionCommand(of record: StoreRecord) -> String

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
    /// - Parameter folder: for the copy that a store elsewhere makes.
    /// - Returns: nil where there is no such record.
    func file(of record: StoreRecord, in folder: FilePath) async throws -> FilePath?

    /// The state of a record, and the first line of the manifest that it is, without the rest of it; nil if there is no
    /// such record.
    ///
    /// - Parameter folder: for the copy that a store elsewhere makes.
    func state(of record: StoreRecord, in folder: FilePath) async throws -> RecordState?

    /// The state of a record of any form; nil if there is none.
    func tag(of record: StoreRecord) async throws -> RecordTag?

    /// As `file`, but a copy of its own also if the store is on this machine.
    func copy(of record: StoreRecord, in folder: FilePath) async throws -> RecordCopy?

    /// Replaces a record by a file of this machine; it is durable when this returns.
    func put(_ file: FilePath, as record: StoreRecord) async throws

    /// The same if a condition holds.
    ///
    /// - Returns: the record's new state; nil if the condition does not hold. After a reply that was lost it may be this
    ///   very write that made it false.
    func put(_ file: FilePath, as record: StoreRecord, if condition: RecordCondition) async throws -> RecordTag?

    /// The record is durable under its new name before the old one goes. One that was changed meanwhile is left as it is, and
    /// what was made of it under the new name goes again. A manifest of other content is not replaced.
    ///
    /// - Parameter tag: the state that it must be in; nil for any, and then it is no error that it was moved already.
    func move(_ record: StoreRecord, to target: StoreRecord, if tag: RecordTag?) async throws -> RecordMove

    /// Whether anything at all is stored for a version.
    func hasFiles(of version: ReleaseVersion) async throws -> Bool

    /// Stores the files of a release: by a copy inside the store where the previous release has the same, from this
    /// machine otherwise. What is there already with the right bytes stays.
    ///
    /// - Throws: `StepError` `source-changed` if a file is no longer what the asset list says; `UploadConflict`.
    func transfer(_ plan: ReleasePlan, of upload: Upload, in context: StepContext) async throws -> Transferred

    /// Copies files of one release into another, inside the store. What is there already stays.
    ///
    /// - Parameter list: names them, in the form of a manifest.
    /// - Throws: `StepError` `file-gone` where a file is not in the release any more.
    func copyFiles(
        namedBy list: FilePath, from: ReleaseVersion, into: ReleaseVersion, in context: StepContext
    ) async throws

    /// Makes everything transferred durable.
    func flush() async throws

    /// Lists a release and compares it with a manifest.
    ///
    /// - Parameters:
    ///   - receipts: what the store said of each file when it took it; nil if nobody has just stored them, and then only
    ///     `full` compares their bytes.
    ///   - folder: for what does not fit into memory.
    func check(
        _ version: ReleaseVersion, against manifest: FilePath, _ receipts: TransferReceipts?,
        _ verification: Verification, in folder: FilePath
    ) async throws -> Completeness

    /// Deletes the files that a manifest names and the folders that are then empty, and nothing else. What stands in the
    /// place of one and is none, such as a folder, stays. What cannot be deleted keeps nothing else from going.
    ///
    /// - Parameters:
    ///   - keeping: another manifest, whose files stay if the store can still tell whether they are as it says.
    ///   - mayDelete: asked before each portion of them, for another run may have begun the same release: false ends the work.
    func removeFiles(
        of version: ReleaseVersion, namedBy manifest: FilePath, keeping: FilePath?,
        while mayDelete: @Sendable () async throws -> Bool
    ) async throws

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

extension ReleaseStore {
    /// The first line of a manifest, without the rest of it; nil if there is no such record.
    ///
    /// - Parameter folder: for the copy that a store elsewhere makes.
    public func header(in record: StoreRecord, copiedTo folder: FilePath) async throws -> ManifestHeader? {
        try await state(of: record, in: folder)?.header
    }

    /// The same as the protocol's, whatever state the record is in.
    ///
    /// - Throws: `StepError` `record-gone`, `completed-meanwhile`.
    public func move(_ record: StoreRecord, to target: StoreRecord) async throws {
        try await move(record, to: target, unlessChanged: nil)
    }

    /// - Throws: `StepError` `record-gone`, `completed-meanwhile`.
    func move(_ record: StoreRecord, to target: StoreRecord, unlessChanged tag: RecordTag?) async throws {
        switch try await move(record, to: target, if: tag) {
        case .moved: return
        case .sourceChanged:
            throw StepError(
                "record-gone", "\(location(of: record)) is gone, or was changed by somebody else",
                help: "make sure that no other run uses the store, then run again", retry: .conflict)
        case .targetTaken:
            throw StepError(
                "completed-meanwhile", "another run has completed the same release: \(location(of: target)) is there",
                help: "let one run at a time make a version, then run again", retry: .conflict)
        }
    }
}

/// How a release is compared with its manifest before it counts as complete.
public enum Verification: String, OptionChoice {
    /// Every key and size, and in a bucket that each object is still the one that was stored.
    case size
    /// Every byte as well, read back.
    case full
}
