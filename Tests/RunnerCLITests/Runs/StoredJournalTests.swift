@testable import RunnerCLI
import PipelineKit
import TestSupport
import Testing

/// Journals that a store gives back otherwise than they were written.
@Suite struct StoredJournalTests {
    private typealias Pieces = [JournalPiece: [UInt8]]

    /// What a run has left in a store: one that failed and was taken back, with a state that is too large for a record.
    private static func pieces(of run: String) async throws -> Pieces {
        var test = TestRun(
            [.scripted("upload"), .scripted("switch"), .scripted("check", run: ["fail"])])
        test.world["switch"] = String(repeating: "x", count: 20_000)
        test.id = run
        let journals = FakeJournals()
        test.journals = journals
        _ = await test()
        var pieces: Pieces = [:]
        for piece in try await journals.pieces()[run] ?? [] { pieces[piece] = try await journals.read(piece, of: run) }
        // What the run says it began with: it has no file.
        pieces[.pipeline] = []
        try #require(pieces.keys.contains(JournalPiece(name: "switch.before.json")) && records(of: pieces).count >= 9)
        return pieces
    }

    private static func records(of pieces: Pieces) -> [Int] { pieces.keys.compactMap(\.recordNumber).sorted() }

    /// Reads pieces that a store has of a run.
    private func read(_ pieces: Pieces, of run: String = "run-1") async throws -> StoredJournal {
        let journals = FakeJournals()
        for (piece, bytes) in pieces { _ = try await journals.create(bytes, as: piece, of: run) }
        return try await StoredJournal(of: run, Set(pieces.keys), in: journals)
    }

    private func expectRefusal(
        _ pieces: Pieces, of run: String = "run-1", saying reason: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let error = await #expect(throws: StoreJournalError.self, "\(reason)", sourceLocation: sourceLocation) {
            _ = try await read(pieces, of: run)
        }
        #expect(error?.reason == reason && error?.code == "bad-store-journal", sourceLocation: sourceLocation)
    }

    @Test func whatWasWrittenComesBack() async throws {
        let pieces = try await Self.pieces(of: "run-1")
        let stored = try await read(pieces)
        let lines = Self.records(of: pieces).compactMap { pieces[.record($0)] }
        #expect(stored.lines == lines.flatMap(\.self) && stored.pipeline == pieces[.pipeline])
        #expect(stored.attachments.keys.sorted() == ["switch.before.json"])
    }

    /// The last record may not have been written. Without one before it, the journal would tell less than has happened.
    @Test func aMissingRecordIsNoticed() async throws {
        let pieces = try await Self.pieces(of: "run-1")
        let records = Self.records(of: pieces)
        for number in records {
            var missing = pieces
            missing[.record(number)] = nil
            if number == records.last {
                #expect(try await read(missing).lines.count { $0 == 0x0A } == records.count - 1)
            } else {
                try await expectRefusal(missing, saying: "it lacks record \(number)")
            }
            for other in records where other > number && other < records.count {
                missing[.record(other)] = nil
                try await expectRefusal(missing, saying: "it lacks record \(number)")
                missing[.record(other)] = pieces[.record(other)]
            }
        }
        for piece in [JournalPiece.pipeline, JournalPiece(name: "switch.before.json")] {
            var missing = pieces
            missing[piece] = nil
            try await expectRefusal(missing, saying: "it lacks the file \(piece.name)")
        }
    }

    @Test func doubledAndSwappedRecordsAreRefused() async throws {
        let pieces = try await Self.pieces(of: "run-1")
        let records = Self.records(of: pieces)
        for number in records {
            for other in records where other != number {
                var doubled = pieces
                doubled[.record(number)] = pieces[.record(other)]
                try await expectRefusal(doubled, saying: "record \(number) is damaged")
                doubled[.record(other)] = pieces[.record(number)]
                try await expectRefusal(doubled, saying: "record \(min(number, other)) is damaged")
            }
            var twice = pieces
            twice[.record(number), default: []] += pieces[.record(number)] ?? []
            try await expectRefusal(twice, saying: "record \(number) is damaged")
        }
    }

    /// Each is whole and has the number that it should have.
    @Test func recordsOfAnotherRunAreRefused() async throws {
        let (pieces, others) = (try await Self.pieces(of: "run-1"), try await Self.pieces(of: "run-2"))
        let records = Self.records(of: pieces)
        for number in records {
            var mixed = pieces
            mixed[.record(number)] = others[.record(number)]
            try await expectRefusal(mixed, saying: "record \(number) is of another run")
        }
        try await expectRefusal(others, of: "run-1", saying: "record 1 is of another run")
    }

    /// Any of these in any order, together: nothing but the journal, or a part of it from its beginning, is ever read.
    @Test func whateverAStoreGivesBackNothingElseIsTold() async throws {
        let (pieces, others) = (try await Self.pieces(of: "run-1"), try await Self.pieces(of: "run-2"))
        let records = Self.records(of: pieces)
        let whole = try await read(pieces).lines
        var random = SeededRandom(seed: 15)
        let rounds = 500
        var (changed, refused, shorter) = (0, 0, 0)
        for round in 0..<rounds {
            var damaged = pieces
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let number = records[Int.random(in: records.indices, using: &random)]
                let other = records[Int.random(in: records.indices, using: &random)]
                switch Int.random(in: 0..<5, using: &random) {
                case 0: damaged[.record(number)] = nil
                case 1: damaged[.record(number)] = pieces[.record(other)]
                case 2: damaged[.record(number)] = others[.record(number)]
                case 3: for gone in number...records.count { damaged[.record(gone)] = nil }
                default:
                    guard var line = damaged[.record(number)] else { continue }
                    line[Int.random(in: line.indices, using: &random)] ^= 1
                    damaged[.record(number)] = line
                }
            }
            if damaged == pieces { continue }
            changed += 1
            do {
                let stored = try await read(damaged)
                #expect(stored.lines.count < whole.count && whole.starts(with: stored.lines), "round \(round)")
                #expect(stored.lines.last == 0x0A, "round \(round)")
                shorter += 1
            } catch is StoreJournalError {
                refused += 1
            }
        }
        Soak.report(
            "damaged journals of a store",
            "\(changed) of \(rounds) were damaged: \(refused) refused, of \(shorter) only the end was missing")
        #expect(changed * 100 >= rounds * 80 && refused > shorter && shorter > 20)
    }
}
