internal import AWS
public import ObjectStorage
public import PipelineKit

/// The journals of runs in a bucket, below `.runner/runs/` of a store's prefix or of another one.
public struct BucketJournals: JournalBackend {
    private let objects: any ObjectStorage
    private let clock: any RunClock
    private let base: String

    /// The longest piece, in bytes.
    private static let pieceLimit = 64 << 20

    /// - Parameter prefix: without a `/` at its ends; may be empty.
    public init(_ objects: any ObjectStorage, prefix: String, clock: any RunClock) {
        self.objects = objects
        self.clock = clock
        base = (prefix.isEmpty ? "" : prefix + "/") + ".runner/runs/"
    }

    public func location(of run: String) -> String { objects.url("\(base)\(run)/") }

    private func key(_ piece: JournalPiece, of run: String) -> String { "\(base)\(run)/\(piece.name)" }

    public func create(_ bytes: [UInt8], as piece: JournalPiece, of run: String) async throws -> [UInt8]? {
        let headers = ObjectHeaders(contentType: "application/octet-stream", cacheControl: "no-store")
        let write = try await objects.putConfirmed(
            key(piece, of: run), bytes, headers: headers, if: .absent, maximumBytes: Self.pieceLimit, clock: clock)
        switch write {
        case .written: return nil
        // An earlier process of the run may have written the same.
        case .refused(let there): return there?.bytes == bytes ? nil : there?.bytes ?? []
        }
    }

    public func read(_ piece: JournalPiece, of run: String) async throws -> [UInt8]? {
        do {
            return try await objects.getObject(key(piece, of: run), maximumBytes: Self.pieceLimit)?.bytes
        } catch let error as StorageError where error.kind == .tooLong {
            throw OversizedJournal(place: objects.url(key(piece, of: run)), limit: Self.pieceLimit)
        }
    }

    public func delete(_ piece: JournalPiece, of run: String) async throws {
        try await objects.deleteObject(key(piece, of: run))
    }

    public func pieces() async throws -> [String: Set<JournalPiece>] {
        var pieces: [String: Set<JournalPiece>] = [:]
        for try await page in objects.listObjects(prefix: base) {
            for object in page.objects {
                let parts = object.key.dropFirst(base.count).split(separator: "/", omittingEmptySubsequences: false)
                // Nothing else is of a journal.
                guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { continue }
                pieces[String(parts[0]), default: []].insert(JournalPiece(name: String(parts[1])))
            }
        }
        return pieces
    }
}

/// A piece of a journal that is longer than any that a runner writes.
public struct OversizedJournal: DescribedError {
    public let place: String
    let limit: Int

    public var code: String { "oversized-journal" }
    public var message: String { "\(place) is longer than any part of a journal: more than \(ByteCount(limit).text)" }
    public var help: String? { "find out who can write to the store, and delete it" }
}

extension StoreURL {
    /// The journals that a store keeps; nil for a folder, whose runs are on the same machine as their journals.
    public func openJournals(in context: StepContext) async throws -> BucketJournals? {
        guard case .bucket(let name, let prefix) = self else { return nil }
        let client = try await context[AWSClientsKey.self].client(in: context)
        return BucketJournals(client.s3(name, prefix: prefix), prefix: prefix, clock: context.clock)
    }
}
