import Testing

@testable import PipelineKit

@Suite struct LineSplitterTests {
    private func lines(_ reads: [UInt8]...) -> [String] {
        var splitter = LineSplitter()
        var lines: [String] = []
        for read in reads {
            read.withUnsafeBytes { bytes in splitter.add(bytes) { lines.append($0) } }
        }
        splitter.finish { lines.append($0) }
        return lines
    }

    @Test func linesAreWholeHoweverTheyWereRead() {
        #expect(lines(Array("on".utf8), Array("e\ntwo\n\nthr".utf8), Array("ee".utf8)) == ["one", "two", "", "three"])
        #expect(lines(Array("one\r\ntwo\r".utf8), Array("\n".utf8)) == ["one", "two"])
        #expect(lines() == [])
    }

    @Test func aCharacterSplitAcrossReadsIsWhole() {
        let bytes = Array("Zürich\n".utf8)
        #expect(lines(Array(bytes[..<2]), Array(bytes[2...])) == ["Zürich"])
    }

    @Test func bytesThatAreNoUTF8AreReplaced() {
        #expect(lines([0x61, 0xFF, 0x62, 0x0A]) == ["a\u{FFFD}b"])
    }

    @Test func aLongLineIsCutAndTheNextIsNot() {
        let long = [UInt8](repeating: 0x61, count: 50_000)
        let cut = lines(long, long, Array("\nnext\n".utf8))
        #expect(cut == [String(repeating: "a", count: 65_536) + LineSplitter.cutMark, "next"])
    }

    @Test func aLineOfExactlyTheLimitIsNotCut() {
        let line = String(repeating: "a", count: 65_536)
        #expect(lines(Array(line.utf8), [0x0A]) == [line])
    }

    @Test func aCutTakesNoHalfCharacter() {
        let line = String(repeating: "a", count: 65_535) + "ü and more\n"
        #expect(lines(Array(line.utf8)) == [String(repeating: "a", count: 65_535) + LineSplitter.cutMark])
    }
}
