import Testing

@testable import Releases

@Suite struct TextCheckTests {
    private func isUTF8(_ bytes: [UInt8], by step: Int = 7) -> Bool {
        var check = TextCheck()
        for start in stride(from: 0, to: bytes.count, by: step) {
            bytes[start..<min(start + step, bytes.count)].withUnsafeBytes { check.add($0) }
        }
        return check.isUTF8
    }

    /// Characters of every length are cut at every place.
    @Test(arguments: 1...9)
    func textIsUTF8WhereverItIsCut(step: Int) {
        #expect(isUTF8(Array("aé€😀ü日本語\u{10FFFF} plain 🇩🇪".utf8), by: step))
        #expect(isUTF8([], by: step) && isUTF8(Array("plain".utf8), by: step))
    }

    @Test(arguments: [
        [0xE9], [0x63, 0x61, 0x66, 0xE9, 0x0A], [0x82, 0xA0], [0xFF, 0xFE, 0x68, 0x00], [0xFE, 0xFF, 0x00, 0x68],
        [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xE2, 0x82, 0x41], [0x80],
        [0xC3, 0xC3, 0xA9],
    ])
    func otherBytesAreNot(bytes: [UInt8]) {
        for step in 1...4 { #expect(!isUTF8(bytes, by: step)) }
        #expect(!isUTF8(Array(repeating: 0x20, count: 20) + bytes + [], by: 20))
    }

    /// ISO-2022-JP: every byte is ASCII.
    @Test(arguments: 1...5)
    func oldJapaneseTextIsNot(step: Int) {
        let bytes = Array("<title>\u{1B}$B%F%9%H\u{1B}(B</title>".utf8)
        #expect(!isUTF8(bytes, by: step))
        #expect(!isUTF8(Array("h\u{0}i\u{0}".utf8), by: step))
        #expect(isUTF8(Array("\u{1B}[31mred\u{1B}(B".utf8), by: step))
    }
}
