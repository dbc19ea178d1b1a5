@testable import PipelineKit
import TestSupport
import Testing

/// Journals that runs have written, cut and damaged everywhere. What is read is what was written, up to some record, or
/// the journal is refused.
@Suite struct JournalDamageTests {
    private struct Written {
        var bytes: [UInt8]
        var lines: [[UInt8]]
        var records: [JournalRecord]
    }

    /// One run that goes well, one that is taken back, and one whose way back fails.
    private static func journals() async throws -> [Written] {
        var journals: [Written] = []
        for (fails, isStuck) in [(false, false), (true, false), (true, true)] {
            let trace = await TestRun([
                .scripted("upload", rollback: isStuck ? ["fail"] : []), .scripted("switch", effect: .lasting),
                .scripted("check", run: fails ? ["fail"] : []),
            ])()
            let bytes = trace.journal
            let lines = bytes.split(separator: 0x0A).map { Array($0) + [0x0A] }
            let contents = try JournalReader.read(bytes, name: "journal")
            try #require(contents.records.count == lines.count && lines.count >= 7)
            journals.append(Written(bytes: bytes, lines: lines, records: contents.records))
        }
        return journals
    }

    @Test func cutAnywhereItTellsWhatWasWhole() async throws {
        var tried = 0
        for journal in try await Self.journals() {
            var (whole, length) = (0, 0)
            for count in 0...journal.bytes.count {
                if whole < journal.lines.count, length + journal.lines[whole].count <= count {
                    length += journal.lines[whole].count
                    whole += 1
                }
                let contents = try JournalReader.read(Array(journal.bytes.prefix(count)), name: "journal")
                tried += 1
                #expect(contents.records == Array(journal.records.prefix(whole)), "cut after \(count) bytes")
                #expect(contents.length == length && contents.newer == nil, "cut after \(count) bytes")
            }
        }
        Soak.report("a journal cut after each of its bytes", "\(tried) of \(tried) told what was whole")
    }

    /// A torn end is dropped, because no record announces more than one change. Anything else is refused.
    @Test func aFlippedBitIsNoticed() async throws {
        let journals = try await Self.journals()
        var random = SeededRandom(seed: 500)
        var found: [String: Int] = [:]
        for number in 0..<500 {
            let journal = journals[number % journals.count]
            let (place, bit) = (
                Int.random(in: journal.bytes.indices, using: &random), Int.random(in: 0..<8, using: &random)
            )
            var bytes = journal.bytes
            bytes[place] ^= 1 << UInt8(bit)
            let lastBegins = journal.bytes.count - journal.lines[journal.lines.count - 1].count
            let what: Comment = "bit \(bit) of byte \(place) of journal \(number % journals.count)"
            do {
                let contents = try JournalReader.read(bytes, name: "journal")
                if contents.records == journal.records {
                    // Hexadecimal digits may be written large.
                    found["told the same", default: 0] += 1
                } else {
                    #expect(contents.records == journal.records.dropLast() && contents.newer == nil, what)
                    #expect(place >= lastBegins && bytes[place] == 0, what)
                    found["taken for a torn end", default: 0] += 1
                }
            } catch let error as JournalError {
                #expect(error.code == "journal-damaged" && error.message.contains("record "), what)
                #expect(error.help != nil, what)
                found["refused", default: 0] += 1
                // Without its last record it says what had happened before that.
                guard case .damagedEnd = error else { continue }
                let kept = try JournalReader.read(bytes, name: "journal", .dropped)
                #expect(kept.records == journal.records.dropLast(), what)
            }
        }
        let words = found.sorted { $0.value > $1.value }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        Soak.report("a flipped bit of a journal", "500 of 500 flips were made: \(words)")
        #expect(found["refused", default: 0] > 450 && found["told the same", default: 0] < 20, "\(words)")
    }

    /// A file system that puts blocks in the wrong place.
    @Test func linesInAnotherOrderAreRefused() async throws {
        for journal in try await Self.journals() {
            let count = journal.lines.count
            func read(_ lines: [[UInt8]]) throws -> JournalContents {
                try JournalReader.read(lines.flatMap(\.self), name: "journal")
            }
            for index in 0..<count {
                var (missing, doubled) = (journal.lines, journal.lines)
                missing.remove(at: index)
                doubled.insert(journal.lines[index], at: index)
                if index < count - 1 {
                    #expect(throws: JournalError.self, "without record \(index + 1)") { try read(missing) }
                }
                #expect(throws: JournalError.self, "record \(index + 1) twice") { try read(doubled) }
                for other in 0..<index {
                    var swapped = journal.lines
                    swapped.swapAt(index, other)
                    #expect(throws: JournalError.self, "\(index + 1) and \(other + 1)") { try read(swapped) }
                }
            }
        }
    }
}
