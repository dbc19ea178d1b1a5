@testable import PipelineKit
import FoundationEssentials
import TestSupport
import Testing

/// What was written is read back, and what was not written is never taken for a record.
@Suite struct JournalReaderTests {
    private let lines: [[UInt8]]
    private var whole: [UInt8] { lines.flatMap { $0 } }

    init() throws {
        let entries: [JournalEntry] = [
            .started(
                RunStarted(
                    runID: "run-1", pipeline: "p", file: "/p.yml", digest: "d", project: "/", inputs: ["i": .null],
                    secrets: ["hook"], runnerVersion: "1")),
            .prepared(
                StepPrepared(
                    step: "a", effect: .reversible, before: Array(#"{"link":"releases/1"}"#.utf8), attachment: nil)),
            .finished(
                StepFinished(
                    step: "a", outcome: .success, outputs: ["n": 1], attempts: 2, milliseconds: 3, error: nil)),
            .failed(
                RunFailed(
                    cause: .timeout, step: "b", error: ErrorRecord(code: "timeout", message: "a \"b\"\n", help: nil))),
        ]
        lines = entries.enumerated().map { index, entry in
            JournalRecord(sequence: index + 1, time: "2026-01-01T00:00:00.000Z", entry: entry).encoded()
        }
    }

    private func read(_ bytes: [UInt8]) throws -> JournalContents {
        try JournalReader.read(bytes, name: "journal")
    }

    @Test func everyKindOfRecordComesBack() throws {
        let entries: [JournalEntry] = [
            .rolledBack(StepRolledBack(step: "a", milliseconds: 1)),
            .rollbackFailed(
                StepRollbackFailed(step: "a", error: ErrorRecord(code: "c", message: "m", help: "h"))),
            .ended(RunEnded(outcome: .rolledBack, exitCode: 3)),
        ]
        let more = entries.enumerated().map { index, entry in
            JournalRecord(sequence: index + 5, time: "t", entry: entry).encoded()
        }
        let contents = try read(whole + more.flatMap { $0 })
        #expect(
            contents.records.map(\.entry.text) == [
                "started", "prepared a", "finished a success", "failed timeout at b", "rolled-back a",
                "rollback-failed a",
                "ended rolled-back 3",
            ])
        #expect(contents.records.map { $0.encoded() } == lines + more)
    }

    /// Who began the run and how often a failed step was tried: fields that older journals do not have.
    @Test func optionalFieldsComeBack() throws {
        var started = RunStarted(
            runID: "run-1", pipeline: "p", file: "/p.yml", digest: "d", project: "/", inputs: [:], secrets: [],
            runnerVersion: "1")
        var failed = RunFailed(cause: .failure, step: "a")
        let old = [JournalEntry.started(started), .failed(failed)]
        (started.who, started.ci) = ("ann@build", CIJob(name: "CI", url: "https://ci/7"))
        (failed.attempts, failed.milliseconds) = (3, 1_500)
        for entries in [old, [.started(started), .failed(failed)]] {
            let lines = entries.enumerated().map { JournalRecord(sequence: $0 + 1, time: "t", entry: $1).encoded() }
            #expect(try read(lines.flatMap { $0 }).records.map(\.entry) == entries)
        }
        let line = JournalRecord(sequence: 1, time: "t", entry: old[1]).encoded()
        #expect(!String(decoding: line, as: UTF8.self).contains("attempts"))
    }

    @Test func nullBeforeIsNotAnEmptyOne() throws {
        let storage = MemoryStorage()
        for before in ["null", "{}", "\"x\"", "[1,null]", "{\"a\":null}"] {
            let entry = JournalEntry.prepared(
                try StepPrepared(step: "a", effect: .reversible, before: Array(before.utf8), in: storage))
            let line = JournalRecord(sequence: 1, time: "t", entry: entry).encoded()
            guard case .prepared(let record)? = try read(line).records.first?.entry else {
                Issue.record("no record")
                continue
            }
            #expect(String(decoding: try record.before(in: storage), as: UTF8.self) == before)
        }
    }

    /// A kind decodes what it has encoded: no number, escape or order of its own form may get lost on the way.
    @Test(arguments: [
        #"{"largest":18446744073709551615}"#, #"{"a":-9223372036854775808,"b":18446744073709551616}"#, "1e400", "1.0",
        #"{"b":"a\/b","a":{"before":["\"}{",{}]}}"#, #"{"\u0062":1}"#, #""\\""#,
    ])
    func stateFromBeforeKeepsItsBytes(_ before: String) throws {
        let storage = MemoryStorage()
        let entry = JournalEntry.prepared(
            try StepPrepared(step: "a", effect: .reversible, before: Array(before.utf8), in: storage))
        let line = JournalRecord(sequence: 1, time: "t", entry: entry).encoded()
        guard case .prepared(let record)? = try read(line).records.first?.entry else {
            Issue.record("no record")
            return
        }
        #expect(String(decoding: try record.before(in: storage), as: UTF8.self) == before)
        #expect(record.step == "a" && record.effect == .reversible && record.attachment == nil)
    }

    @Test func emptyFile() throws {
        let contents = try read([])
        #expect(contents.records.isEmpty)
        #expect(contents.length == 0)
    }

    @Test func tornAtEveryByteOfTheLastRecord() throws {
        let good = lines.dropLast().flatMap { $0 }
        for count in 0..<lines[3].count {
            let contents = try read(good + lines[3].prefix(count))
            #expect(contents.records.count == 3, "\(count) bytes of the last record")
            #expect(contents.length == good.count, "\(count) bytes of the last record")
        }
        #expect(try read(whole).records.count == 4)
    }

    @Test func lastRecordWithAHole() throws {
        var bytes = whole
        bytes[bytes.count - 20] = 0
        #expect(try read(bytes).records.count == 3)
    }

    /// No crash tears what lies within one page, so the last record may have announced what then began.
    @Test func everyByteFlippedInTheLastRecord() throws {
        let good = whole.count - lines[3].count
        for index in good..<whole.count {
            for bit: UInt8 in [0x01, 0x80] {
                var bytes = whole
                bytes[index] ^= bit
                let error = #expect(throws: JournalError.self, "byte \(index)") { try read(bytes) }
                guard case .damagedEnd("journal", record: 4, after: "step `a` had ended")? = error else {
                    Issue.record("byte \(index): \(String(describing: error))")
                    continue
                }
                let kept = try JournalReader.read(bytes, name: "journal", .dropped)
                #expect(kept.records.count == 3 && kept.length == good, "byte \(index)")
            }
        }
    }

    /// Pages come to the disk in any order.
    @Test func lastRecordOverTwoPages() throws {
        let long = JournalEntry.finished(
            StepFinished(
                step: "a", outcome: .success, outputs: ["n": .text(String(repeating: "x", count: 4_096))], attempts: 1,
                milliseconds: 3, error: nil))
        var bytes = whole + JournalRecord(sequence: 5, time: "2026-01-01T00:00:00.000Z", entry: long).encoded()
        bytes[bytes.count - 40] ^= 1
        #expect(try read(bytes).records.count == 4)
    }

    @Test func everyByteFlippedBeforeTheLastRecord() throws {
        for index in 0..<(whole.count - lines[3].count) {
            for bit: UInt8 in [0x01, 0x80] {
                var bytes = whole
                bytes[index] ^= bit
                let record = 1 + lines.indices.prefix { lines[...$0].reduce(0) { $0 + $1.count } <= index }.count
                do {
                    _ = try read(bytes)
                    Issue.record("the flipped byte \(index) was not noticed")
                } catch JournalError.damaged(let file, let found, _) {
                    #expect((file, found) == ("journal", record), "byte \(index)")
                }
            }
        }
    }

    @Test func missingRecord() throws {
        let error = #expect(throws: JournalError.self) { try read(lines[0] + lines[2] + lines[3]) }
        #expect(error?.code == "journal-damaged")
        #expect(error?.message.contains("record 2 of the journal journal is damaged (it has the number 3)") == true)
    }

    @Test func lastRecordWithANumberThatIsNotItsOwn() {
        #expect(throws: JournalError.self) { try read(lines[0] + lines[1] + lines[3]) }
    }

    private func sealed(_ text: String) -> [UInt8] {
        let checksum = String(CRC32.checksum(Array(text.utf8)), radix: 16)
        let padded = String(repeating: "0", count: 8 - checksum.count) + checksum
        return Array("\(text),\"crc\":\"\(padded)\"}\n".utf8)
    }

    /// The other records can still be read, for commands that only look.
    @Test(arguments: [
        #"{"sequence":5,"time":"t","kind":"paused","data":{}"#,
        #"{"sequence":5,"time":"t","kind":"prepared","data":{"step":"b","effect":"borrowed"}"#,
        #"{"sequence":5,"time":"t","kind":"rolled-back","data":{"step":"b"}"#,
    ]) func recordOfANewerRunner(_ record: String) throws {
        let rolledBack = sealed(#"{"sequence":6,"time":"t","kind":"rolled-back","data":{"step":"a","milliseconds":1}"#)
        let contents = try read(whole + sealed(record) + rolledBack)
        #expect(contents.records.map(\.sequence) == [1, 2, 3, 4, 6])
        #expect(contents.length == whole.count + sealed(record).count + rolledBack.count)
        let newer = try #require(contents.newer)
        #expect(newer.code == "newer-format" && newer.message.hasPrefix("record 5 of the journal journal is whole"))
        #expect(try read(whole).newer == nil)
    }

    @Test(arguments: [
        ("9.1.0", "use runner 9.1.0 or newer"), ("0.0.1", "use a runner newer than \(RunnerVersion.text)"),
    ])
    func journalOfANewerFormat(_ runner: String, _ help: String) throws {
        let started = RunStarted(
            runID: "run-1", pipeline: "p", file: "/p.yml", digest: "d", project: "/", inputs: [:], secrets: [],
            runnerVersion: runner, format: RunStarted.currentFormat + 1)
        let line = JournalRecord(sequence: 1, time: "t", entry: .started(started)).encoded()
        let contents = try read(line)
        #expect(contents.newer?.message.hasPrefix("the journal journal has format 4") == true)
        #expect(contents.newer?.help == help)
        #expect(contents.records.count == 1)
    }

    /// Within a format, keys are only added.
    @Test func keysOfANewerRunnerArePassedOver() throws {
        let line = sealed(
            #"{"sequence":1,"time":"t","kind":"rolled-back","data":{"step":"a","milliseconds":1,"why":["x"]},"by":"x""#)
        #expect(try read(line).records.map(\.entry.text) == ["rolled-back a"])
        #expect(try read(line).newer == nil)
    }

    /// Those of format 1 say nothing of their format.
    @Test func journalOfFormatOne() throws {
        let line = sealed(
            #"{"sequence":1,"time":"t","kind":"started","data":{"digest":"d","file":"/f","inputs":{},"pipeline":"p","#
                + #""project":"/","runID":"r","runnerVersion":"0.1.0-dev","secrets":[]}"#)
        let contents = try read(line)
        #expect(contents.newer == nil && contents.records.map { $0.encoded() } == [line])
    }

    @Test(
        arguments: [("123456789", 0xCBF4_3926), ("", 0), ("a", 0xE8B7_BE43), ("abc", 0x3524_41C2)] as [(String, UInt32)]
    )
    func checksum(_ text: String, _ expected: UInt32) {
        #expect(CRC32.checksum(text.utf8) == expected)
    }
}
