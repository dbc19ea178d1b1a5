public import FoundationEssentials
public import PipelineKit
public import SystemPackage

/// Keeps releases and the runner's records about them. It needs only what both a folder and a bucket can do: whole
/// objects are written, listed, copied inside the store and deleted; nothing is appended to.
///
/// Everything else (deployments, pointers, hold, retiring) is built on it in extensions, once for all stores.
public protocol ReleaseStore: Sendable {
    /// The resource that the store's lease is taken on.
    var resource: Resource { get }

    /// A moment of this machine's clock, by the store's, as far as it is known that they differ. Records have the times of
    /// the store's clock: those of two machines may differ by years.
    func date(_ local: Date) -> Date

    /// True if the files of a release are files of a folder: a name is a file or a folder, compressed bytes are beside
    /// their original, and a web server of the user's decides about headers.
    var isFolder: Bool { get }

    /// Where a release's files are, for messages: a path, or `s3://bucket/prefix/releases/v1/`.
    func location(of version: ReleaseVersion) -> String

    /// Where a record is, for messages.
    func location(of record: StoreRecord) -> String

    /// The command that deletes a release and records of it by hand, for messages.
    func deletionCommand(of version: ReleaseVersion, _ records: [StoreRecord]) -> String

    /// The command that deletes a record by hand, for messages.
    func deletionCommand(of record: StoreRecord) -> String

    /// Looks whether this process may write into the store, and changes nothing.
    ///
    /// - Returns: the permissions that a release needs and that can be asked for only by using them.
    /// - Throws: the error that the first write would give.
    func checkRights() async throws -> [String]

    /// Called before anything is written.
    ///
    /// - Returns: a check that throws a `StepError` if the store could not keep a file of the release as its entry
    ///   says.
    /// - Throws: `StepError` if it could not keep the release at all.
    func entryCheck(of version: ReleaseVersion) throws -> @Sendable (ManifestEntry) throws -> Void

    /// - Returns: nil if there is none.
    func read(_ record: StoreRecord) async throws -> [UInt8]?

    func exists(_ record: StoreRecord) async throws -> Bool

    /// Replaces a record as a whole; it is durable when this returns.
    func write(_ bytes: [UInt8], to record: StoreRecord) async throws

    /// Writes a record if there is none of its name; it is durable when this returns.
    ///
    /// - Returns: the record that is there already, which stays; nil if this one was written.
    func create(_ bytes: [UInt8], as record: StoreRecord) async throws -> [UInt8]?

    /// The names of the records of one folder, sorted.
    func records(in folder: StoreRecord.Folder) async throws -> [StoreRecord]

    /// Deletes a record, durably when this returns; no error if there is none.
    func delete(_ record: StoreRecord) async throws

    /// A file on this machine with the record's bytes, for a record that is too large for memory.
    ///
    /// - Parameter folder: gets the copy if the store is not on this machine.
    /// - Returns: nil if there is no such record.
    func file(of record: StoreRecord, in folder: FilePath) async throws -> FilePath?

    /// The state of a record in the form of a manifest, and the manifest's first line without the rest; nil if there is
    /// no such record.
    ///
    /// - Parameter folder: gets the copy if the store is not on this machine.
    func state(of record: StoreRecord, in folder: FilePath) async throws -> RecordState?

    /// The state of a record of any form; nil if there is none.
    func tag(of record: StoreRecord) async throws -> RecordTag?

    /// How long ago a record was written, by the store's clock; nil if there is none, or the store does not say.
    func age(of record: StoreRecord) async throws -> Duration?

    /// Like `file`, but always a copy, even if the store is on this machine.
    func copy(of record: StoreRecord, in folder: FilePath) async throws -> RecordCopy?

    /// Replaces a record with a file on this machine; it is durable when this returns.
    func put(_ file: FilePath, as record: StoreRecord) async throws

    /// Does the same if a condition holds.
    ///
    /// - Returns: the record's new state; nil if the condition does not hold. After a lost reply, it may be this very
    ///   write that made it false.
    func put(_ file: FilePath, as record: StoreRecord, if condition: RecordCondition) async throws -> RecordTag?

    /// Moves a record: it is durable under its new name before the old one is deleted. A record that was changed
    /// meanwhile is left as it is, and its copy under the new name is deleted again. A bucket does not replace a
    /// manifest with other content; in a folder, the lease keeps other runs away.
    ///
    /// - Parameter tag: the state that the record must be in; nil for any state, and then a record that was moved
    ///   already is no error.
    func move(_ record: StoreRecord, to target: StoreRecord, if tag: RecordTag?) async throws -> RecordMove

    /// True if anything at all is stored for a version.
    func hasFiles(of version: ReleaseVersion) async throws -> Bool

    /// Stores the files of a release: by a copy inside the store if the previous release has the same file, otherwise
    /// from this machine. A file that is there already with the right bytes stays.
    ///
    /// - Throws: `StepError` `source-changed` if a file is no longer what the asset list says; `UploadConflict`.
    func transfer(_ plan: ReleasePlan, of upload: Upload, in context: StepContext) async throws -> Transferred

    /// Copies files of one release into another, inside the store. Files that are there already stay.
    ///
    /// - Parameter list: names the files, in the form of a manifest.
    /// - Throws: `StepError` `file-gone` if a file is no longer in the release.
    func copyFiles(
        namedBy list: FilePath, from: ReleaseVersion, into: ReleaseVersion, in context: StepContext
    ) async throws

    /// Makes everything transferred durable.
    func flush() async throws

    /// Lists a release and compares it with a manifest.
    ///
    /// - Parameters:
    ///   - receipts: what the store reported for each file when it stored it; nil if the files were not stored just
    ///     now, and then only `full` compares their bytes.
    ///   - folder: for what does not fit into memory.
    func check(
        _ version: ReleaseVersion, against manifest: FilePath, _ receipts: TransferReceipts?,
        _ verification: Verification, in folder: FilePath
    ) async throws -> Completeness

    /// Deletes the files that a manifest names and the folders that are then empty, and nothing else. Something else in
    /// the place of a file, such as a folder, stays. A file that cannot be deleted does not keep the others from being
    /// deleted.
    ///
    /// - Parameters:
    ///   - keeping: another manifest. Its files stay, except those of which the store could no longer tell whether they
    ///     are as it says.
    ///   - mayDelete: called before files are deleted, in a bucket before each batch of them, because another run may
    ///     have begun the same release; false ends the work.
    ///   - progress: counts the files that are gone.
    func removeFiles(
        of version: ReleaseVersion, namedBy manifest: FilePath, keeping: FilePath?, _ progress: Progress,
        while mayDelete: @Sendable () async throws -> Bool
    ) async throws

    /// The same store, which tells of every request that failed and is repeated. A folder has none.
    func reportingRetries(to body: @escaping @Sendable (any DescribedError) -> Void) -> any ReleaseStore

    /// The names among the releases that no record accounts for, sorted.
    ///
    /// - Parameter releases: those that the store has records of.
    func unknownReleases(besides releases: [StoredRelease]) async throws -> [String]

    /// What is stored for a release, and how much room deleting it frees.
    ///
    /// - Parameters:
    ///   - links: counts the links of shared files. Used for several releases in turn, it gives for each what deleting
    ///     it frees once those before it are gone.
    ///   - folder: for what does not fit into memory.
    func contents(of release: StoredRelease, _ links: LinkCount, in folder: FilePath) async throws -> ReleaseContents

    /// Reads every file of a release that another tool has made, once, and changes nothing.
    ///
    /// - Parameter list: gets the lines of a manifest, without its header.
    /// - Returns: no files if there are none.
    /// - Throws: `StepError` `foreign-entry` for an entry that no manifest can name, `changed-meanwhile` if anything
    ///   was changed.
    func examine(
        _ version: ReleaseVersion, listing list: FilePath, in context: StepContext
    ) async throws -> ForeignFiles

    /// What a retired release has left behind, because no record names it.
    func remains(of version: ReleaseVersion) async throws -> ReleaseContents
}

extension ReleaseStore {
    public func date(_ local: Date) -> Date { local }

    public func reportingRetries(to _: @escaping @Sendable (any DescribedError) -> Void) -> any ReleaseStore { self }

    /// Whose clock `date` gives, for messages.
    public var clockName: String { isFolder ? "this machine's clock" : "the store's clock" }

    /// What its URL says of it: what can point into it depends on that. Nil for a store that no URL opens.
    var url: StoreURL? { try? StoreURL(resource.url) }

    /// The first line of a manifest, without the rest of it; nil if there is no such record.
    ///
    /// - Parameter folder: gets the copy if the store is not on this machine.
    public func header(in record: StoreRecord, copiedTo folder: FilePath) async throws -> ManifestHeader? {
        try await state(of: record, in: folder)?.header
    }

    /// Does the same as the protocol's `move`, whatever state the record is in.
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
                help: "let only one run at a time make a version, then run again", retry: .conflict)
        }
    }
}

/// How thoroughly a release is compared with its manifest before it counts as complete.
public enum Verification: String, OptionChoice {
    /// Every key and size, and in a bucket that each object is still the one that was stored.
    case size
    /// Every byte as well, read back.
    case full
}
