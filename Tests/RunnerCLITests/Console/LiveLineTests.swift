import FoundationEssentials
@testable import PipelineKit
@testable import RunnerCLI
import SystemPackage
import TestSupport
import Testing

/// What a run is doing: the live line on a terminal, the heartbeat elsewhere.
@Suite struct LiveLineTests {
    private static let erase = "\r\u{1B}[K"

    /// A sink with a clock that only the test moves, and everything that it wrote.
    private struct Desk {
        let clock = TestClock()
        let recorder = Recorder()
        let sink: ConsoleOutput

        init(isTerminal: Bool, width: Int = 80, verbosity: Verbosity = .normal) {
            let write: @Sendable (Console.Stream, String) -> Void = { [recorder] stream, text in
                recorder.note(stream == .error ? text : "to standard output: \(text)")
            }
            let console = Console(
                write: write, style: TextStyle(isColoured: false), width: { _ in width },
                window: { _ in isTerminal ? width : nil },
                live: isTerminal ? LiveLine(write: write) : nil)
            let pipeline = Pipeline(
                name: "deploy", path: "/p/deploy.yml",
                steps: [.scripted("list"), .scripted("upload")])
            let lines = EventLines(style: console.style, verbosity: verbosity, pipeline: pipeline)
            sink = ConsoleOutput(console: console, lines: lines, clock: clock)
        }

        func receive(_ event: RunEvent) { sink.receive(TimedEvent(date: clock.date, event: event)) }

        func progress(_ done: Int, of total: Int? = nil, bytes: Int = 0, _ detail: String = "") {
            receive(
                .progress(id: "upload", .init(done: done, total: total, unit: "files", bytes: bytes, detail: detail)))
        }

        var written: [String] { recorder.lines }
    }

    private let upload = RunEvent.stepStarted(id: "upload", kind: "scripted")

    @Test(arguments: [
        (40, "  …        upload  1,000 of 4,000 …  3s"),
        (66, "  …        upload  1,000 of 4,000 files, 25%, 9s left          3s"),
        (86, "  …        upload  1,000 of 4,000 files, 25%, 3.0 MiB, 1.0 MiB/s, 9s left          3s"),
        (
            106,
            "  …        upload  1,000 of 4,000 files, 25%, 3.0 MiB, 1.0 MiB/s, 9s left, a/very/long/key/名前.html   3s"
        ),
        (
            201,
            "  …        upload  1,000 of 4,000 files, 25%, 3.0 MiB, 1.0 MiB/s, 9s left, a/very/long/key/名前.html        3s"
        ),
    ])
    func asMuchAsFits(width: Int, line: String) {
        let desk = Desk(isTerminal: true, width: width)
        desk.receive(upload)
        desk.progress(0, of: 4_000)
        desk.clock.advance(by: .seconds(3))
        desk.progress(1_000, of: 4_000, bytes: 3 << 20, "a/very/long/key/名前.html")
        #expect(desk.written.last == Self.erase + line)
        #expect(line.columns < width)
    }

    /// What holds a step up stands before rates, and stays for a while although other calls succeed.
    @Test func whatHoldsItUp() {
        let desk = Desk(isTerminal: true, width: 86)
        desk.receive(upload)
        desk.clock.advance(by: .seconds(1))
        desk.receive(.progress(id: "upload", .init(done: 0, total: nil, unit: "", slowedBy: "the store is slow")))
        #expect(
            desk.written.last == Self.erase
                + "  …        upload  the store is slow                                               1s")
        desk.progress(0, of: 4_000)
        desk.clock.advance(by: .seconds(3))
        desk.progress(1_000, of: 4_000, bytes: 3 << 20)
        #expect(
            desk.written.last == Self.erase
                + "  …        upload  1,000 of 4,000 files, 25%, 3.0 MiB, the store is slow           4s")
        desk.clock.advance(by: .seconds(2))
        desk.progress(1_001, of: 4_000, bytes: 3 << 20)
        #expect(desk.written.last?.contains("left") == true && desk.written.last?.contains("slow") == false)
    }

    /// A transfer that begins slowly and then speeds up: the rate that is shown is that of the last seconds.
    @Test func ratesAreThoseOfTheLastSeconds() {
        let desk = Desk(isTerminal: true, width: 110)
        desk.receive(upload)
        desk.progress(0, of: 1_000)
        for second in 1...60 {
            desk.clock.advance(by: .seconds(1))
            let fast = max(0, second - 40)
            desk.progress(second + 20 * fast, of: 1_000, bytes: (second << 10) + (fast * 9 << 20))
        }
        let line =
            "  …        upload  460 of 1,000 files, 46%, 180.1 MiB, 9.0 MiB/s, 26s left                                 1m"
        #expect(desk.written.last == Self.erase + line)
    }

    @Test func stateAfterState() {
        let desk = Desk(isTerminal: true)
        desk.receive(upload)
        desk.clock.advance(by: .seconds(1))
        desk.sink.tick()
        desk.clock.advance(by: .milliseconds(100))
        desk.progress(1)
        desk.clock.advance(by: .seconds(1))
        desk.receive(
            .attemptFailed(
                id: "upload", Attempt(part: .run, number: 1, of: 3),
                error: ErrorRecord(code: "x", message: "no answer", help: nil), retryIn: .seconds(4)))
        desk.receive(
            .stepFinished(StepReport(id: "upload", kind: "scripted", outcome: .success, duration: .seconds(2))))
        desk.receive(.rollbackStarted(id: "upload", kind: "scripted"))
        desk.clock.advance(by: .seconds(65))
        desk.sink.tick()
        desk.receive(.rollbackFinished(id: "upload", .seconds(65), error: nil, isFinal: false))
        #expect(
            desk.written == [
                Self.erase + "  …        upload                                                            0s",
                Self.erase + "  …        upload                                                            1s",
                Self.erase + "  …        upload  1 file                                                    1s",
                Self.erase + "  again    upload  try 1 of 3: no answer; next in 4s\n"
                    + "  …        upload  attempt 2 of 3 in 4s                                      2s",
                Self.erase + "  ok       upload                                                             2s\n",
                Self.erase + "  undoing  upload                                                          1m5s",
                Self.erase + "  undone   upload                                                           1m5s\n",
            ])
    }

    @Test func drawnAtMostTenTimesASecond() {
        let desk = Desk(isTerminal: true)
        desk.receive(upload)
        for done in 1...1_000 {
            desk.clock.advance(by: .milliseconds(1))
            desk.progress(done)
        }
        #expect(desk.written.count == 11)
        #expect(
            desk.written.last == Self.erase
                + "  …        upload  1,000 files                                               1s")
    }

    @Test func theSameLineIsNotDrawnAgain() {
        let desk = Desk(isTerminal: true)
        desk.receive(upload)
        for _ in 1...4 {
            desk.clock.advance(by: .milliseconds(200))
            desk.sink.tick()
        }
        #expect(desk.written.count == 1)
    }

    @Test func whatIsPrintedGoesAboveIt() {
        let recorder = Recorder()
        let line = LiveLine { stream, text in recorder.note("\(stream) \(text)") }
        line.show("at work")
        line.print(.output, "result\n")
        line.print(.error, "note\n")
        line.show("")
        line.print(.error, "end\n")
        #expect(
            recorder.lines == [
                "error \(Self.erase)at work", "error \(Self.erase)", "output result\n", "error at work",
                "error \(Self.erase)note\nat work", "error \(Self.erase)", "error end\n",
            ])
    }

    @Test func quietHasNoLiveLine() {
        let desk = Desk(isTerminal: true, verbosity: .quiet)
        desk.receive(upload)
        desk.progress(1)
        desk.sink.tick()
        #expect(desk.written == [])
    }

    @Test func aSilenceOffATerminalIsBroken() {
        let desk = Desk(isTerminal: false)
        desk.receive(upload)
        desk.progress(4_120, of: 10_000, bytes: 24 << 20)
        desk.clock.advance(by: .seconds(29))
        desk.sink.tick()
        #expect(desk.written == [])
        desk.clock.advance(by: .seconds(1))
        desk.sink.tick()
        desk.sink.tick()
        desk.clock.advance(by: .seconds(100))
        desk.progress(5_120, of: 10_000, bytes: 50 << 20)
        desk.sink.tick()
        #expect(
            desk.written == [
                "  …        upload  4,120 of 10,000 files, 41%, 24.0 MiB  30s\n",
                "  …        upload  5,120 of 10,000 files, 51%, 50.0 MiB, 204.8 KiB/s, 10m35s left  2m10s\n",
            ])
    }

    @Test func nothingIsSaidWhereNothingIsAtWork() {
        let desk = Desk(isTerminal: false)
        desk.receive(upload)
        desk.receive(.stepFinished(StepReport(id: "upload", kind: "scripted", outcome: .success)))
        desk.clock.advance(by: .seconds(100))
        desk.sink.tick()
        #expect(desk.written.count == 1)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-1_000, "-1,000")])
    func grouped(number: Int, text: String) {
        #expect(CountText.text(number) == text)
    }
}
