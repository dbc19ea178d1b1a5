@testable import PipelineKit
@testable import RunnerCLI
import TestSupport
import Testing

/// What a command prints, and where, by its options.
@Suite struct CommandOutputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var format: OutputFormat
        var verbosity: Verbosity
        var printed: [String]

        var testDescription: String { "\(format) \(verbosity)" }
    }

    private static let document = #"output {"schema":"runner.init/1","type":"init","file":"a","template":"b"}"#

    @Test(arguments: [
        Case(format: .text, verbosity: .quiet, printed: ["output text", "error bad"]),
        Case(format: .text, verbosity: .normal, printed: ["output text", "error note", "error bad"]),
        Case(format: .text, verbosity: .verbose, printed: ["output text", "error note", "error bad"]),
        Case(format: .json, verbosity: .quiet, printed: [document]),
        Case(format: .json, verbosity: .normal, printed: [document]),
        Case(format: .json, verbosity: .verbose, printed: [document, "error note", "error bad"]),
    ])
    func oneFormIsPrinted(row: Case) {
        let recorder = Recorder()
        let console = Console(
            write: { recorder.note("\($0) \($1.dropLast())") }, style: TextStyle(isColoured: false))
        let output = CommandOutput(console: console, format: row.format, verbosity: row.verbosity)
        output.document(.written("a", template: "b"))
        output.text(["text"])
        output.note("note")
        output.note("bad", isBad: true)
        #expect(recorder.lines == row.printed)
    }

    /// An error that ends a command goes to people and to programs.
    @Test func anErrorIsToldTwice() {
        let recorder = Recorder()
        let console = Console(
            write: { recorder.note("\($0) \($1.dropLast())") }, style: TextStyle(isColoured: false))
        CommandOutput(console: console, format: .json, verbosity: .quiet).report(CommandError.badFile, exit: .badFile)
        #expect(
            recorder.lines == [
                "error error: the pipeline file is wrong, so nothing was run",
                "error   help: correct the file, and check it with `runner validate FILE`",
                #"output {"schema":"runner.error/1","type":"error","error":{"code":"bad-file","#
                    + #""help":"correct the file, and check it with `runner validate FILE`","#
                    + #""message":"the pipeline file is wrong, so nothing was run"},"exit-code":65}"#,
            ])
    }
}
