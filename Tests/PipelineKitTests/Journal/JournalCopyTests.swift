import FoundationEssentials
import PipelineKit
import TestSupport
import Testing

/// The copy of a journal that a store keeps.
@Suite struct JournalCopyTests {
    private func run(_ steps: [PipelineStep], _ journals: FakeJournals) -> TestRun {
        var run = TestRun(steps)
        run.journals = journals
        return run
    }

    /// The entries that the store has, as short lines.
    private func kept(_ journals: FakeJournals) -> [String] { journals.records(of: "run-1").map(\.entry.text) }

    private func position(_ line: String, in trace: TestRun.Trace) throws -> Int {
        try #require(trace.lines.firstIndex(of: line), "\(line) in \(trace.lines)")
    }

    @Test func aRunThatChangesNothingLeavesNothing() async {
        let journals = FakeJournals()
        let trace = await run([.scripted("a", effect: .local), .scripted("b", effect: .observing)], journals)()
        #expect(trace.result.outcome == .success && journals.names(of: "run-1").isEmpty)
    }

    @Test func whatIsAnnouncedWaitsForBothPlaces() async throws {
        let journals = FakeJournals()
        let trace = await run([.scripted("a", effect: .local), .scripted("b"), .scripted("c")], journals)()
        for step in ["b", "c"] {
            let (file, store) = (
                try position("= prepared \(step)", in: trace),
                try #require(trace.lines.firstIndex { $0.hasSuffix(" prepared \(step)") && $0.hasPrefix("store") })
            )
            let run = try #require(trace.lines.firstIndex { $0.hasPrefix("\(step).run(") })
            #expect(file < store && store < run, "\(trace.lines)")
        }
        #expect(try position("store pipeline.yml", in: trace) < position("store 1 started", in: trace))
        #expect(kept(journals) == trace.moments.map(\.record.entry.text))
        #expect(journals.names(of: "run-1").contains("done"))
    }

    @Test func aWayBackIsInBothPlaces() async throws {
        let journals = FakeJournals()
        let trace = await run([.scripted("a"), .scripted("b", run: ["fail"])], journals)()
        #expect(kept(journals) == trace.moments.map(\.record.entry.text))
        let failed = try #require(
            trace.lines.firstIndex { $0.hasPrefix("store") && $0.hasSuffix("failed failure at b") })
        #expect(failed < (try #require(trace.lines.firstIndex { $0.hasPrefix("b.rollback(") })))
    }

    /// Whether the piece got there or not, nothing that it announces happens, and the rest follows in order.
    @Test(arguments: [FakeJournals.Fault.down, .lostReply])
    func withoutAnAnswerNothingIsChanged(_ fault: FakeJournals.Fault) async {
        let journals = FakeJournals(faults: [.record(4): fault])
        let trace = await run([.scripted("a"), .scripted("b")], journals)()
        #expect(!trace.lines.contains { $0.hasPrefix("b.run(") } && trace.world["a"] != "new")
        #expect(trace.result.outcome == .failure)
        #expect(kept(journals) == trace.moments.map(\.record.entry.text), "\(trace.lines)")
    }

    /// Another process has continued the run. This one changes nothing more, neither forward nor back.
    @Test func theSecondRecordOfANumberLoses() async throws {
        let journals = FakeJournals()
        _ = try await journals.create(Array("another".utf8), as: .record(4), of: "run-1")
        let trace = await run([.scripted("a"), .scripted("b")], journals)()
        #expect(!trace.lines.contains { $0.hasPrefix("b.run(") || $0.hasPrefix("a.rollback(") }, "\(trace.lines)")
        #expect(trace.result.stoodAside && trace.result.failure?.error?.code == "journal-taken")
        #expect(trace.result.exitCode == .unrestored)
        #expect(!trace.lines.contains { $0.hasPrefix("= failed") || $0.hasPrefix("= ended") })
    }

    @Test func aWayBackThatAnotherProcessHasTakenOverStops() async throws {
        let journals = FakeJournals()
        // started, prepared a, finished a, prepared b, failed, rolled-back b
        _ = try await journals.create(Array("another".utf8), as: .record(6), of: "run-1")
        let trace = await run([.scripted("a"), .scripted("b", run: ["fail"])], journals)()
        #expect(trace.lines.contains { $0.hasPrefix("b.rollback(") })
        #expect(!trace.lines.contains { $0.hasPrefix("a.rollback(") } && trace.result.stoodAside)
    }

    @Test func whatACommandSaidStaysOnItsMachine() async throws {
        let journals = FakeJournals()
        var run = run([.scripted("a", text: "a secret plan"), .scripted("b", run: ["fail"], text: "hush")], journals)
        run.openSteps = ["a"]
        _ = await run()
        let lines = try #require(
            journals.records(of: "run-1").last { $0.entry.text.hasPrefix("failed") }
                .map { String(decoding: $0.encoded(), as: UTF8.self) })
        #expect(!lines.contains("it was told to fail") && lines.contains("only the run's own machine"))
        let finished = try JSONDecoder().decode(
            StepFinished.self,
            from: Data(
                #"{"step":"x","outcome":"success","outputs":{"key":"value"},"attempts":1,"milliseconds":1,"summary":"it"}"#
                    .utf8))
        let entry = JournalEntry.finished(finished).withoutPrivateTexts { _ in false }
        guard case .finished(let shown) = entry else { return }
        #expect(shown.outputs == ["key": .null] && shown.summary == nil)
    }

    @Test func aRunIsDoneUntilItIsContinued() async throws {
        let journals = FakeJournals()
        let first = run([.scripted("a"), .scripted("b")], journals)
        let records = await first().moments.map(\.record)
        #expect(journals.names(of: "run-1").contains("done"))
        var second = first
        second.kept = records.count
        let trace = await second(history: records, intent: .rollBack)
        let reopened = try position("store without done", in: trace)
        #expect(
            reopened
                < (try #require(trace.lines.firstIndex { $0.hasPrefix("store ") && $0.hasSuffix("failed requested") })))
        #expect(kept(journals) == (records + trace.moments.map(\.record)).map(\.entry.text))
        #expect(journals.names(of: "run-1").contains("done"))
    }

    @Test func aRunThatIsNotRestoredIsNotDone() async {
        let journals = FakeJournals()
        _ = await run([.scripted("a", rollback: ["fail"]), .scripted("b", run: ["fail"])], journals)()
        #expect(!journals.names(of: "run-1").contains("done"))
    }

    /// A process was killed between the two places.
    @Test func whatTheStoreLacksFollows() async {
        let journals = FakeJournals()
        let first = run([.scripted("a"), .scripted("b")], journals)
        let records = Array(await first().moments.map(\.record).prefix(4))
        let later = FakeJournals()
        for record in records.prefix(2) {
            _ = try? await later.create(record.encoded(), as: .record(record.sequence), of: "run-1")
        }
        var second = run([.scripted("a"), .scripted("b")], later)
        second.kept = 2
        let trace = await second(history: records)
        #expect(kept(later) == (records + trace.moments.map(\.record)).map(\.entry.text))
    }

    /// A journal that is done, of so many records.
    private func keep(_ run: String, records: Int = 1, isDone: Bool = true, in journals: FakeJournals) async throws {
        _ = try await journals.create([], as: .pipeline, of: run)
        for number in 1..<(1 + records) { _ = try await journals.create([1], as: .record(number), of: run) }
        if isDone { _ = try await journals.create([1], as: .done, of: run) }
    }

    @Test func theOldestThatAreDoneAreForgotten() async throws {
        let journals = FakeJournals()
        try await keep("run-1", in: journals)
        try await keep("run-2", isDone: false, in: journals)
        try await keep("run-3", records: 2, in: journals)
        try await keep("run-4", in: journals)
        let recorder = Recorder()
        journals.note(in: recorder)
        try await journals.forget(exceptNewest: 1)
        // Whatever a kill leaves of it is not read.
        let deleted = recorder.lines
        #expect(deleted.first == "store without pipeline.yml" && deleted.last == "store without done", "\(deleted)")
        #expect(journals.names(of: "run-1") == [] && journals.names(of: "run-3") == [])
        #expect(journals.names(of: "run-2").count == 2 && journals.names(of: "run-4").count == 3)
    }

    /// A run that was killed before its first record has changed nothing. Nobody continues it, and nobody reads it.
    @Test func oneWithoutARecordIsForgottenWithThem() async throws {
        let journals = FakeJournals()
        try await keep("run-1", records: 0, isDone: false, in: journals)
        try await keep("run-2", in: journals)
        try await keep("run-3", records: 0, isDone: false, in: journals)
        try await journals.forget(exceptNewest: 2)
        // It may be at work: there is too little that came later.
        #expect(journals.names(of: "run-1") == ["pipeline.yml"])
        try await journals.forget(exceptNewest: 1)
        #expect(journals.names(of: "run-1") == [] && journals.names(of: "run-3") == ["pipeline.yml"])
        #expect(try await journals.pieces()["run-2"]?.hasRecords == true)
        #expect(try await journals.pieces()["run-3"]?.hasRecords == false)
    }

    /// The process that forgets a journal may be killed.
    @Test func aJournalOnItsWayOutIsNotRead() {
        #expect(!Set<JournalPiece>([.record(2), .done]).hasRecords)
        #expect(Set<JournalPiece>([.record(2)]).hasRecords)
    }
}
