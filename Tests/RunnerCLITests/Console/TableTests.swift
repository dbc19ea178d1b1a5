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
        #expect(Table(header: ["A", "B"], rows: [["\u{1B}[2Jb", "x"]]).lines == ["A  B", "b  x"])
    }

    @Test func theLastCellIsCut() {
        let table = Table(header: ["A", "B"], rows: [["日本", "0123456789abcdef"], ["x", "日本語日本語"]])
        #expect(table.lines(width: 16) == ["A     B", "日本  012345678…", "x     日本語日…"])
        #expect(table.lines(width: 3).last == "x     日本語…")
    }

    @Test func aCellIsOneLine() {
        #expect(Table(header: ["A", "B"], rows: [["one\ntwo", "x"]]).lines == ["A        B", "one two  x"])
    }
}
