import Testing

@testable import Releases

@Suite struct JSONLineTests {
    /// Manifests and asset lists spell a text as events and records do.
    @Test func textsAreWrittenAsEverywhereElse() throws {
        var line = JSONLine()
        line.add("key", "a\n\t\"\\\u{7}\u{2028}é")
        line.add("headers", ["x\r": "\u{2029}"])
        let bytes = line.finish()
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"key":"a\n\t\"\\\u0007\u2028é","headers":{"x\r":"\u2029"}}"#)
        var (key, headers): (String?, [String: String]?)
        try JSONScanner.object(bytes) { name, scanner in
            if name == "key" { key = try scanner.text() } else { headers = try scanner.texts() }
        }
        #expect(key == "a\n\t\"\\\u{7}\u{2028}é" && headers == ["x\r": "\u{2029}"])
    }

    @Test(arguments: [#""\u+123""#, #""\u12""#, #""\u12 4""#, #""\u١٢٣٤""#])
    func anEscapeHasFourDigits(_ text: String) {
        #expect(throws: JSONScanner.Malformed.self) {
            try JSONScanner.object(Array(#"{"key":\#(text)}"#.utf8)) { _, scanner in _ = try scanner.text() }
        }
    }
}
