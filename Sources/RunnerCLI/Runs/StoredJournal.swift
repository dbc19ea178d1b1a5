internal import Digest
internal import PipelineKit
internal import TextCoding

/// A run's journal as a store keeps it. Whoever can write to the store may have written anything, so nothing of it counts
/// before it is checked.
struct StoredJournal {
    /// No run has more records, or more bytes.
    static let (mostRecords, mostBytes) = (10_000, 64 << 20)

    let pipeline: [UInt8]
    private(set) var lines: [UInt8] = []
    /// States that are too large for a record, by the names of their files.
    private(set) var attachments: [String: [UInt8]] = [:]

    /// - Throws: `StoreJournalError` if it is not what a runner writes, or a part of it is missing.
    init(of run: String, _ pieces: Set<JournalPiece>, in journals: any JournalBackend) async throws {
        func refused(_ reason: String) -> StoreJournalError { StoreJournalError(run: run, reason: reason) }
        guard Self.isRunID(run) else { throw StoreJournalError(run: "?", reason: "its id is not that of a run") }
        var bytes = 0
        func read(_ piece: JournalPiece) async throws -> [UInt8] {
            guard pieces.contains(piece), let piece = try await journals.read(piece, of: run) else {
                throw refused("it lacks the file \(piece.name)")
            }
            bytes += piece.count
            guard bytes <= Self.mostBytes else { throw refused("it is longer than any journal") }
            return piece
        }
        pipeline = try await read(.pipeline)
        var number = 1
        while pieces.contains(.record(number)) {
            guard number <= Self.mostRecords else { throw refused("it has more records than any journal") }
            let line = try await read(.record(number))
            let record = try JournalRecord(storedAs: line, number: number, of: run)
            if number == 1 {
                guard case .started(let started) = record.entry, started.runID == run,
                    started.digest == SHA256.hash(pipeline).description
                else { throw refused("its first record is not of this run and this pipeline file") }
            }
            if case .prepared(let prepared) = record.entry, let name = prepared.attachment?.name {
                attachments[name] = try await read(JournalPiece(name: name))
            }
            lines += line
            number += 1
        }
        guard pieces.newestRecord > 0 else { throw refused("it has no record") }
        // They are written one after the other: without this one, the others would tell less than has happened.
        guard pieces.newestRecord < number else { throw refused("it lacks record \(number)") }
    }

    static func isRunID(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count) && text.utf8.first.map(\.isASCIIAlphanumeric) == true
            && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-._".utf8.contains($0) }
    }
}

extension Set<JournalPiece> {
    /// The number of the last record; 0 if there is none.
    var newestRecord: Int { lazy.compactMap(\.recordNumber).max() ?? 0 }
}

/// A journal in a store that is not one.
struct StoreJournalError: DescribedError {
    var run: String
    var reason: String

    var code: String { "bad-store-journal" }
    var message: String { "the journal of run \(run) in the store is not what a runner writes there: \(reason)" }
    var help: String? { "find out who can write to the store, and look at what visitors have" }
}

extension JournalRecord {
    /// Reads a record that came from a store, where others may have written it.
    ///
    /// - Throws: `StoreJournalError`.
    init(storedAs line: [UInt8], number: Int, of run: String) throws {
        guard line.last == 0x0A, !line.dropLast().contains(0x0A),
            let record = try? JournalRecord(decoding: Array(line.dropLast())), record.sequence == number
        else { throw StoreJournalError(run: run, reason: "record \(number) is damaged") }
        guard record.run == nil || record.run == run else {
            throw StoreJournalError(run: run, reason: "record \(number) is of another run")
        }
        if case .prepared(let prepared) = record.entry, let name = prepared.attachment?.name,
            name != "\(prepared.step).before.json" || name.contains("/")
        {
            throw StoreJournalError(run: run, reason: "record \(number) names the file \(name)")
        }
        self = record
    }
}
