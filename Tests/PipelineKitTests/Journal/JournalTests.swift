@testable import PipelineKit
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@Suite struct JournalTests {
    /// Notes each call.
    private final class CallFile: JournalFile {
        let calls = Mutex<[String]>([])
        let failing: Mutex<[String]>

        init(failing: [String] = []) { self.failing = Mutex(failing) }

        func append(_ bytes: [UInt8]) throws { try note("append") }
        func sync() throws { try note("sync") }
        func discardUnsynced() throws { try note("discard") }

        private func note(_ call: String) throws {
            calls.withLock { $0.append(call) }
            let fails = failing.withLock { failing in
                failing.firstIndex(of: call).map { failing.remove(at: $0) } != nil
            }
            if fails { throw StepError("disk-full", "full") }
        }
    }

    private let entry = JournalEntry.rolledBack(StepRolledBack(step: "a", milliseconds: 1))
    private func journal(_ file: any JournalFile) -> Journal {
        Journal(file) { Date(timeIntervalSince1970: 0) }
    }

    @Test func oneWriteAndOneSyncARecord() async throws {
        let file = CallFile()
        let journal = journal(file)
        try await journal.append(entry)
        try await journal.append(entry)
        #expect(file.calls.withLock { $0 } == ["append", "sync", "append", "sync"])
    }

    @Test(arguments: ["append", "sync"]) func recordAfterOneThatFailed(_ call: String) async throws {
        let file = CallFile(failing: [call])
        let journal = journal(file)
        await #expect(throws: StepError.self) { try await journal.append(entry) }
        try await journal.append(entry)
        try await journal.append(entry)
        let first = call == "append" ? ["append"] : ["append", "sync"]
        #expect(file.calls.withLock { $0 } == first + ["discard", "append", "sync", "append", "sync"])
    }

    @Test func nothingIsWrittenBehindATornRecord() async throws {
        let file = CallFile(failing: ["append", "discard", "discard"])
        let journal = journal(file)
        await #expect(throws: StepError.self) { try await journal.append(entry) }
        await #expect(throws: StepError.self) { try await journal.append(entry) }
        try await journal.append(entry)
        #expect(file.calls.withLock { $0 } == ["append", "discard", "discard", "discard", "append", "sync"])
    }

    /// The first record of a run may be its last one: `recover` would begin a run that has said that nothing was done.
    @Test(arguments: [RecordingJournalFile.Fault.append, .sync])
    func whatCouldNotBeMadeDurableIsTakenBackAtOnce(_ fault: RecordingJournalFile.Fault) async throws {
        let file = RecordingJournalFile(Recorder(), faults: [1: fault])
        let journal = journal(file)
        await #expect(throws: StepError.self) { try await journal.append(entry) }
        #expect(file.bytes.isEmpty)
    }

    @Test(arguments: [1: RecordingJournalFile.Fault.append, 2: .sync, 3: .append])
    func journalOfADiskThatFailsOnceIsWhole(_ number: Int, _ fault: RecordingJournalFile.Fault) async throws {
        let file = RecordingJournalFile(Recorder(), faults: [number: fault])
        let journal = journal(file)
        for _ in 1...4 { try? await journal.append(entry) }
        let contents = try JournalReader.read(file.bytes, name: "journal")
        #expect(contents.records.map(\.sequence) == [1, 2, 3])
        #expect(contents.length == file.bytes.count)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_767_225_600.25, "2026-01-01T00:00:00.250Z"),
            (1_767_225_599.5, "2025-12-31T23:59:59.500Z"), (1_709_210_096.125, "2024-02-29T12:34:56.125Z"),
        ] as [(Double, String)])
    func dateText(_ seconds: Double, _ text: String) {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(date.journalText == text)
        #expect(Date(journalText: text) == date)
    }

    @Test func otherTextIsNoDate() {
        #expect(Date(journalText: "2026-01-01") == nil)
    }

    @Test func dateTextJustBeforeASecondHasThreeDigits() {
        for nanoseconds in [0.9994, 0.9995, 0.9996, 0.999_999] {
            let text = Date(timeIntervalSince1970: 1_767_225_599 + nanoseconds).journalText
            #expect(text.count == 24)
            #expect(text >= "2025-12-31T23:59:59.999Z")
        }
    }

    @Test func runIDsSortByTime() {
        let dates = [0, 0.001, 0.999, 1, 59, 60, 3_600, 86_399, 86_400, 31_536_000, 1_767_225_600, 4_102_444_800]
        let ids = dates.map { seconds in
            // The random digits must not count.
            RunIdentity.makeID(
                at: Date(timeIntervalSince1970: seconds), random: RandomSource { seconds < 1 ? 0.99 : 0 })
        }
        #expect(ids.sorted() == ids)
        #expect(Set(ids).count == ids.count)
        #expect(ids[0] == "19700101-000000-000-ffff")
        #expect(ids[10] == "20260101-000000-000-0000")
    }

    @Test func largeStateIsKeptBesideTheJournal() throws {
        let storage = MemoryStorage()
        for (count, isInline) in [(16_384, true), (16_385, false)] {
            let before = Array("\"\(String(repeating: "x", count: count - 2))\"".utf8)
            let record = try StepPrepared(step: "a", effect: .reversible, before: before, in: storage)
            #expect((record.before != nil) == isInline)
            #expect((record.attachment == nil) == isInline)
            #expect(try record.before(in: storage) == before)
        }
        #expect(try storage.readAttachment(named: "a.before.json").count == 16_385)
    }

    @Test func damagedAttachmentIsRefused() throws {
        let storage = MemoryStorage()
        let before = Array("\"\(String(repeating: "x", count: 20_000))\"".utf8)
        let record = try StepPrepared(step: "a", effect: .reversible, before: before, in: storage)
        var bytes = before
        bytes[10_000] ^= 1
        for damaged in [bytes, Array(before.dropLast()), []] {
            try storage.writeAttachment(damaged, named: "a.before.json")
            let error = #expect(throws: StepError.self) { try record.before(in: storage) }
            #expect(error?.code == "attachment-damaged")
        }
        try storage.writeAttachment(before, named: "a.before.json")
        #expect(try record.before(in: storage) == before)
    }

    @Test func missingAttachmentIsRefused() throws {
        let before = Array("\"\(String(repeating: "x", count: 20_000))\"".utf8)
        let record = try StepPrepared(step: "a", effect: .reversible, before: before, in: MemoryStorage())
        #expect(throws: FileError.self) { try record.before(in: MemoryStorage()) }
    }
}
