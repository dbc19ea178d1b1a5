import PipelineKit
@testable import RunnerCLI
import SystemPackage
import TestSupport
import Testing

/// Whatever is printed is harmless, whoever has made it.
@Suite struct ConsoleTests {
    private func console(_ recorder: Recorder, isColoured: Bool = false, isLive: Bool = false) -> Console {
        let write: @Sendable (Console.Stream, String) -> Void = { _, text in recorder.note(text) }
        return Console(
            write: write, style: TextStyle(isColoured: isColoured), live: isLive ? LiveLine(write: write) : nil)
    }

    @Test(arguments: [
        ("::error::x", ": :error::x"), ("a\n ::error::x", "a\n : :error::x"), ("path: ##[error]", "path: ## [error]"),
        ("\u{9B}2J\u{1B}]0;t\u{07}x", "x"), ("\u{1B}[31mx", "x"),
    ])
    func everyWayOut(text: String, harmless: String) {
        let recorder = Recorder()
        let console = console(recorder)
        console.print(text)
        console.note(text)
        console.note([text, text], thenDrawing: nil)
        console.ask(text)
        console.report(StepError("x", "a \(text)", help: text))
        #expect(recorder.lines.prefix(2) == [harmless + "\n", harmless + "\n"])
        #expect(recorder.lines.dropFirst(2).first == "\(harmless)\n\(harmless)\n")
        #expect(recorder.lines.dropFirst(3).first == harmless + " ")
        for line in recorder.lines { #expect(line == SanitizedText.clean(line)) }
    }

    @Test func theLiveLineToo() {
        let recorder = Recorder()
        let console = console(recorder, isLive: true)
        console.draw("##[error]\u{9B}2J")
        console.note(["::error::x"], thenDrawing: "##[warning]")
        #expect(recorder.lines == ["\r\u{1B}[K## [error]", "\r\u{1B}[K: :error::x\n## [warning]"])
    }

    @Test func theProgramsOwnStyleStays() {
        let recorder = Recorder()
        let console = console(recorder, isColoured: true)
        for paint in [
            console.style.red, console.style.green, console.style.yellow, console.style.cyan, console.style.dim,
            console.style.bold,
        ] {
            let text = paint("x")
            console.note(text)
            #expect(recorder.lines.last == text + "\n" && text != "x")
        }
        let report = ProblemReport(
            [Problem("a", at: SourceMark(line: 1, column: 1)), Problem("b", at: nil, severity: .warning)],
            path: "p.yml", bytes: Array("x".utf8)
        ).text(colour: true)
        console.note(report)
        #expect(recorder.lines.last == report + "\n" && report.contains("\u{1B}["))
    }

    /// A mark that comes from two parts of a line.
    @Test func theLineCountsAndNotItsParts() {
        let recorder = Recorder()
        console(recorder).note("the file ##" + "[error]x")
        #expect(recorder.lines == ["the file ## [error]x\n"])
    }

    @Test func aScriptIsPrintedAsItIs() {
        let recorder = Recorder()
        console(recorder).printUnchanged("${a##[b]}\n::c")
        #expect(recorder.lines == ["${a##[b]}\n::c\n"])
    }
}
