import PipelineKit
import SystemPackage
import Testing

@Suite struct ProblemReportTests {
    private func report(_ text: String, line: Int, column: Int, message: String = "wrong") -> [String] {
        let problem = Problem(message, at: SourceMark(line: line, column: column))
        return ProblemReport([problem], path: "a.yml", bytes: Array(text.utf8)).text()
            .split(separator: "\n").map(String.init)
    }

    @Test(arguments: [
        ("ab", 2, "    ab", "     ^"), ("\tb", 2, "        b", "        ^"), ("日本x", 3, "    日本x", "        ^"),
        ("e\u{301}x", 3, "    e\u{301}x", "     ^"), ("\u{1b}x", 2, "    \\u{1b}x", "          ^"),
        ("🚀x", 2, "    🚀x", "      ^"), ("ab", 9, "    ab", "      ^"),
    ])
    func theCaretStandsUnderThePlace(_ text: String, _ column: Int, _ line: String, _ caret: String) {
        #expect(report(text, line: 1, column: column)[1...2] == [line, caret])
    }

    @Test func longLinesAreCutAroundTheCaret() {
        let text = String(repeating: "a", count: 5_000) + "!" + String(repeating: "b", count: 5_000)
        let lines = report(text, line: 1, column: 5_001)
        #expect(lines[1].hasPrefix("    …aaa"))
        #expect(lines[1].hasSuffix("bbb…"))
        #expect(lines[1].count == 4 + 102)
        #expect(Array(lines[1])[lines[2].count - 1] == "!")
        let short = String(repeating: "a", count: 100)
        #expect(report(short, line: 1, column: 100)[1] == "    " + short)
    }

    @Test func noTerminalObeysTheFile() {
        let lines = report("\u{1b}[2Jx\u{202E}", line: 1, column: 1, message: "found `\u{1b}[31m\n`")
        #expect(lines[0] == "a.yml:1:1: error: found `\\u{1b}[31m\\u{a}`")
        #expect(lines[1] == "    \\u{1b}[2Jx\\u{202e}")
        #expect(report("", line: 1, column: 1, message: String(repeating: "x", count: 9_999))[0].count < 700)
    }

    @Test func aPlaceOutsideTheFileHasNoExcerpt() {
        #expect(report("a", line: 7, column: 1) == ["a.yml:7:1: error: wrong", "1 problem in a.yml"])
    }

    @Test func countsAndColours() {
        let bytes = Array("a\n".utf8)
        let error = Problem("one", at: nil, help: "do")
        let warning = Problem("two", at: SourceMark(line: 1, column: 1), severity: .warning)
        #expect(ProblemReport([], path: "a.yml", bytes: bytes).text() == "")
        #expect(
            ProblemReport([error, warning], path: "a.yml", bytes: bytes).text()
                == "a.yml: error: one\n  help: do\na.yml:1:1: warning: two\n    a\n    ^\n"
                + "2 problems in a.yml, of which 1 is a warning\n")
        #expect(
            ProblemReport([warning, warning], path: "a.yml", bytes: bytes).text().hasSuffix("2 warnings in a.yml\n"))
        let many = Array(repeating: error, count: 101)
        #expect(
            ProblemReport(many, path: "a", bytes: []).text().hasSuffix("101 problems in a; the first 100 are shown\n"))
        let coloured = ProblemReport([error], path: "a.yml", bytes: bytes).text(colour: true)
        #expect(coloured.hasPrefix("a.yml: \u{1b}[1;31merror\u{1b}[0m: \u{1b}[1mone\u{1b}[0m\n"))
    }

    @Test func problemsStandInTheOrderOfTheFile() {
        let list = ProblemList()
        list.add("c", at: SourceMark(line: 2, column: 1))
        list.add("b", at: SourceMark(line: 1, column: 9))
        list.warn("d", at: SourceMark(line: 2, column: 1))
        list.add("a", at: nil)
        #expect(list.sorted.map(\.message) == ["a", "b", "c", "d"])
        #expect(list.errors.map(\.message) == ["c", "b", "a"])
    }
}
