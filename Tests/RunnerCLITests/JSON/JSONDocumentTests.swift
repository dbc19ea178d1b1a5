import FoundationEssentials
import Logging
@testable import PipelineKit
@testable import RunnerCLI
import TestSupport
import Testing

@Suite struct JSONDocumentTests {
    private func line(_ event: RunEvent) -> String {
        JSONDocument(SampleEvents.timed(event), run: "run-1", exit: { $0.exitCode }).line
    }

    @Test func whatItIsComesFirst() {
        #expect(
            line(.stepStarted(id: "upload", kind: "sync"))
                == #"{"schema":"runner.event/1","type":"step-started","run":"run-1","#
                + #""time":"2026-01-01T00:00:00.500Z","kind":"sync","step":"upload"}"#)
    }

    @Test func everyEventIsOneLineOfJSON() throws {
        for event in SampleEvents.all(text: "x\"\\\n\u{9B}1m\u{202E}##[error]y") {
            let line = line(event)
            let value = try JSONDecoder().decode(Value.self, from: Data(line.utf8))
            guard case .object(let fields) = value else { throw StepError("no-object", line) }
            #expect(fields["schema"] == "runner.event/1")
            #expect(!line.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
            #expect(!line.contains("\u{202E}") && !line.contains("##"))
        }
    }

    @Test func valuesAreWhatTheyWere() throws {
        let text = "a\u{9B}b ## ### \u{202E}c"
        let line = line(.log(id: nil, .info, text))
        let value = try JSONDecoder().decode([String: Value].self, from: Data(line.utf8))
        #expect(value["text"] == .text(text))
        #expect(value["step"] == .null)
    }

    /// Who holds a lease is what somebody has written into the store.
    @Test func whoHasTheLeaseIsHarmless() throws {
        let owner = LeaseOwner(
            runID: "::error::a", pipeline: "##[b]", host: "\u{9B}2Jc", processID: 1, since: "hunter2!",
            job: CIJob(name: "##[c]", url: "https://hunter2!"))
        let event = SecretMasker(["hunter2!"]).mask(.leaseAwaited(Resource(url: "file:///##vso[d]"), owner))
        let value = try JSONDecoder().decode([String: Value].self, from: Data(line(event).utf8))
        #expect(value["resource"] == "file:///## vso[d]")
        #expect(
            value["owner"] == [
                "run": ": :error::a", "pipeline": "## [b]", "host": "c", "process": 1, "since": "***",
                "job": ["system": "## [c]", "url": "https://***"],
            ])
    }

    @Test func aLongListOfChangesIsCut() throws {
        var list = ChangeList((0..<1_600).map { Change($0 < 400 ? .copy : .add, "\($0)", bytes: 10) })
        list.add(.remove, bytes: nil) { preconditionFailure("nobody asks for what is not kept") }
        let line = line(.stepPrepared(id: "upload", list))
        let value = try JSONDecoder().decode([String: Value].self, from: Data(line.utf8))
        #expect(value["change-count"] == 1_601)
        #expect(
            value["change-totals"] == [
                "add": ["count": 1_200, "bytes": 12_000], "copy": ["count": 400, "bytes": 4_000],
                "remove": ["count": 1, "bytes": 0],
            ])
        guard case .list(let changes) = value["changes"] else { throw StepError("no-list", line) }
        #expect(changes.count == 1_000)
        // What is new has the room, and no copy takes it.
        guard case .object(let first)? = changes.first else { throw StepError("no-change", line) }
        #expect(first["verb"] == "add" && first["subject"] == "400")
    }

    @Test func progressIsToldOnceASecond() {
        let recorder = Recorder()
        let clock = TestClock()
        let console = Console(write: { _, text in recorder.note(text) }, style: TextStyle(isColoured: false))
        let sink = JSONOutput(
            CommandOutput(console: console, format: .json), runID: "run-1", clock: clock, exit: { $0.exitCode })
        for done in 1...25 {
            clock.advance(by: .milliseconds(100))
            sink.receive(SampleEvents.timed(.progress(id: "a", .init(done: done, total: nil, unit: "files"))))
        }
        #expect(recorder.lines.count == 3)
    }

    @Test(arguments: [
        (RunPurpose.run, Exit.unrestored), (.resume, .unrestored), (.rollback, .unrestored), (.recover, .unrestored),
    ])
    func whatIsLeftDecides(purpose: RunPurpose, exit: Exit) throws {
        guard case .runEnded(let result)? = SampleEvents.all().last else { throw StepError("no-end", "no end") }
        #expect(purpose.exit(of: result) == exit)
    }

    @Test func theEndOfACommandHangsOnWhatItWasAskedFor() {
        let failed = RunResult(
            runID: "run-1", outcome: .failure, steps: [], failure: SampleEvents.failure, finallyErrors: [], left: [],
            duration: .zero)
        let purposes: [RunPurpose] = [.run, .resume, .rollback, .recover]
        #expect(purposes.map { $0.exit(of: failed) } == [.failed, .failed, .success, .failed])
        var aside = failed
        aside.stoodAside = true
        aside.failure?.cause = .leaseHeld
        #expect(purposes.map { $0.exit(of: aside) } == [.leaseHeld, .leaseHeld, .leaseHeld, .leaseHeld])
    }
}
