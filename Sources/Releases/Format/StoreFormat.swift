internal import Logging
public import PipelineKit
internal import Synchronization
internal import SystemPackage

/// What a store says of itself in `.runner/store.json`. A store without that record has format 1.
///
/// - Format 1: manifests, deployments, pointers, overlap, trash. Uploads belong to nobody, and every release is the
///   runner's own.
/// - Format 2: the record of an upload belongs to one run and changes hands only by conditional writes; a manifest may
///   say that its release is adopted. A runner of format 1 reads all of it. It would take over an upload that another
///   run is still making, and would delete adopted releases.
///
/// A runner raises the format before it writes anything that makes the store unsafe for older runners to write to. So
/// this one record tells, before anything is changed, whether this runner may write.
public struct StoreFormat: Hashable, Sendable, Codable, FormattedRecord {
    public static let currentFormat = 2
    /// As this runner writes it.
    public static let current = StoreFormat(format: currentFormat, oldestRunner: "0.1.0")
    /// Of a store without the record.
    public static let first = StoreFormat(format: 1, oldestRunner: "0.1.0")

    public var format: Int
    /// The oldest runner that may write to the store: a version by Semantic Versioning.
    public var oldestRunner: String
    /// False if the storage was seen to take writes whose condition does not hold, or to refuse conditions. Nil if nobody
    /// has noted that.
    public var keepsConditions: Bool?

    public init(format: Int, oldestRunner: String) {
        self.format = format
        self.oldestRunner = oldestRunner
    }

    /// Why this runner may not write to the store; nil if it may.
    ///
    /// - Parameter place: the store's.
    public func refusal(at place: String) -> NewerFormat? {
        if format > Self.currentFormat {
            return NewerFormat(
                "the store \(place) has format \(format)", known: "formats up to \(Self.currentFormat)",
                named: [oldestRunner])
        }
        guard NewerFormat.isNewer(oldestRunner) else { return nil }
        return NewerFormat(
            "only runner \(oldestRunner) and newer may write to the store \(place)", known: "less of it",
            named: [oldestRunner])
    }
}

/// What one run knows of the formats of its stores: each store is read once.
public final class StoreFormats: Sendable {
    struct Known: Sendable {
        var format: StoreFormat
        /// The records of the store's pointers.
        var pointers: Set<StoreRecord>
    }

    private let stores = Mutex<[Resource: Known]>([:])

    public init() {}

    subscript(store: Resource) -> Known? {
        get { stores.withLock { $0[store] } }
        set { stores.withLock { $0[store] = newValue } }
    }
}

/// The formats that the run knows. If an executable has put none into the context, every check reads the store's record
/// again.
public enum StoreFormatsKey: ContextKey {
    public static var defaultValue: StoreFormats { StoreFormats() }
}

extension StoreFormat {
    /// Called before a step changes a resource, which may be a store.
    ///
    /// - Throws: `NewerFormat`; what reading the store throws.
    public static func admit(_ resource: Resource, in context: StepContext) async throws {
        guard let url = try? StoreURL(resource.url) else { return }
        try await url.open(in: context).refuseIfNewer(in: context)
    }
}

extension ReleaseStore {
    /// Called before anything in the store is changed. It reads one record and lists the pointers, once per run.
    ///
    /// - Throws: `NewerFormat` if the store, or a pointer that is registered in it, is of a newer format.
    public func refuseIfNewer(in context: StepContext) async throws {
        _ = try await known(in: context)
    }

    /// Raises the store to this runner's format, before the first record that makes it unsafe for older runners to
    /// write to.
    ///
    /// - Throws: `NewerFormat` if a newer runner was first.
    func raiseFormat(in context: StepContext) async throws {
        var known = try await known(in: context)
        guard known.format.format < StoreFormat.currentFormat else { return }
        let wasUsed = try await isUsed()
        let file = context.folder.appending("store.json")
        var raised = StoreFormat.current
        raised.keepsConditions = known.format.keepsConditions
        try DurableFile.write(try Self.bytes(of: raised), to: file)
        let there = known.format == StoreFormat.first ? nil : try await tag(of: .format)
        // On servers without conditional writes it is written unconditionally.
        let isWritten = try await put(file, as: .format, if: there.map { .unchanged($0) } ?? .absent) != nil
        known.format = isWritten ? raised : try await writtenFormat()
        if let refusal = known.format.refusal(at: resource.url) { throw refusal }
        context[StoreFormatsKey.self][resource] = known
        guard isWritten, wasUsed else { return }
        context.logger.notice(
            """
            \(resource) has format \(StoreFormat.currentFormat) from now on: runners older than \
            \(StoreFormat.current.oldestRunner) must not write to it any more
            """)
    }

    func known(in context: StepContext) async throws -> StoreFormats.Known {
        let formats = context[StoreFormatsKey.self]
        if let known = formats[resource] { return known }
        let format = try await writtenFormat()
        if let refusal = format.refusal(at: resource.url) { throw refusal }
        let known = StoreFormats.Known(format: format, pointers: try await knownPointers(format))
        formats[resource] = known
        return known
    }

    /// The format that the store's record gives, even if it is newer than this runner knows.
    func writtenFormat() async throws -> StoreFormat {
        do {
            return try await decode(StoreFormat.self, from: .format) ?? .first
        } catch let error as FileError where error.errno == .notDirectory {
            // Whatever is in the place of the store is reported when its folders are made.
            return .first
        }
    }

    /// The records of all pointers. Their names tell their kinds, so that one listing is enough.
    ///
    /// - Throws: `NewerFormat` for a kind that this runner does not know.
    private func knownPointers(_ format: StoreFormat) async throws -> Set<StoreRecord> {
        let records: [StoreRecord]
        do {
            records = try await self.records(in: .pointers)
        } catch let error as FileError where error.errno == .notDirectory {
            return []
        }
        for record in records {
            guard let kind = Pointer.kind(ofRecord: record.name), !Pointer.kinds.contains(where: { $0.kind == kind })
            else { continue }
            throw unknownKind(kind, in: record, format)
        }
        return Set(records)
    }

    /// The refusal of a pointer whose kind this runner does not know.
    func unknownKind(of pointer: Pointer) async throws -> NewerFormat {
        unknownKind(pointer.kind, in: .pointer(pointer), try? await writtenFormat())
    }

    private func unknownKind(_ kind: String, in record: StoreRecord, _ format: StoreFormat?) -> NewerFormat {
        NewerFormat(
            "\(location(of: record)) registers a pointer of the kind `\(kind)`",
            known: "the kinds " + Pointer.kinds.map { $0.kind }.sorted().map { "`\($0)`" }.joined(separator: " and "),
            named: [format?.oldestRunner],
            remedy: "if the pointer no longer exists, delete its record: `\(deletionCommand(of: record))`")
    }

    /// True if a runner has written to the store before.
    /// True if a release was ever begun in the store and is not gone.
    public func isUsed() async throws -> Bool {
        for folder in [StoreRecord.Folder.manifests, .incoming] where try await !records(in: folder).isEmpty {
            return true
        }
        return false
    }
}
