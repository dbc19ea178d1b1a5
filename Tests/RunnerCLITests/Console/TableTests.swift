@testable import RunnerCLI
import Testing

@Suite struct TableTests {
    @Test func columnsAreAsWideAsTheirLongestCell() {
        let table = Table(header: ["RUN", "STATE", ""], rows: [["1", "succeeded", "v1"], ["22222", "é", ""]])
        #expect(table.lines == ["RUN    STATE", "1      succeeded  v1", "22222  é"])
    }

    @Test func aHeaderAloneIsALine() {
        #expect(Table(header: ["RUN", "STATE"], rows: []).lines == ["RUN  STATE"])
    }

    @Test func cellsAreHarmless() {
        #expect(Table(header: ["A", "B"], rows: [["\u{1B}[2J", "x"]]).lines == ["A         B", "\\u{1b}[2J  x"])
    }

    @Test func aCellIsOneLine() {
        #expect(Table(header: ["A", "B"], rows: [["one\ntwo", "x"]]).lines == ["A        B", "one two  x"])
    }
}

@Suite struct PlainTextTests {
    @Test(
        arguments: [
            ("plain", "plain"), ("tab\tand\nline", "tab\tand\nline"), ("\u{1B}[31mred", "\\u{1b}[31mred"),
            ("a\u{0}b\u{7F}c\u{9B}d\r", "a\\u{0}b\\u{7f}c\\u{9b}d\\u{d}"),
            ("left\u{202E}right\u{2066}", "left\\u{202e}right\\u{2066}"), ("é 日本 🙂", "é 日本 🙂"), ("", ""),
            ("\r\n", "\\u{d}\n"),
        ])
    func controlCharactersAreShown(text: String, clean: String) {
        #expect(PlainText.clean(text) == clean)
    }
}
