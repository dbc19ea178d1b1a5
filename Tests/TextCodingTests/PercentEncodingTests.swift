import Testing
import TextCoding

@Suite struct PercentEncodingTests {
    @Test(arguments: [
        ("", ""), ("plain-._~", "plain-._~"), ("a b+c", "a%20b%2Bc"), ("100%", "100%25"), ("a//b/../c", "a//b/../c"),
        ("日本", "%E6%97%A5%E6%9C%AC"), ("n\u{0303}", "n%CC%83"), ("\u{f1}", "%C3%B1"), ("'(*)!", "%27%28%2A%29%21"),
        ("a&b=c?d#e", "a%26b%3Dc%3Fd%23e"), ("\u{0}\u{7F}", "%00%7F"),
    ]) func ofASignedPath(text: String, encoded: String) {
        #expect(PercentEncoding.path.encode(text) == encoded)
        #expect(PercentEncoding.component.encode(text) == encoded.replacing("/", with: "%2F"))
    }

    @Test func ofAURL() {
        #expect(PercentEncoding.urlPath.encode("a/ü,@:=!()+*';?#") == "a/%C3%BC,@:=!()%2B%2A%27%3B%3F%23")
    }

    /// Each caller decides, byte by byte, what stays unencoded.
    @Test func keepsWhatItIsToldTo() {
        let letters = PercentEncoding(keepingAlso: "")
        let others = PercentEncoding { !$0.isASCIIAlphanumeric }
        for byte in UInt8(0)..<128 {
            let text = String(UnicodeScalar(byte))
            #expect((letters.encode(text) == text) == byte.isASCIIAlphanumeric, "\(byte)")
            #expect((others.encode(text) == text) != byte.isASCIIAlphanumeric, "\(byte)")
            #expect(PercentEncoding.decode(letters.encode(text)) == text)
        }
        #expect(others.encode("é") == "%C3%A9")
    }

    @Test(arguments: [
        ("plain", "plain"), ("a%20b", "a b"), ("a+b", "a b"), ("a%2Bb", "a+b"), ("a%2520b", "a%20b"),
        ("%e9%96%93", "間"), ("caf%C3%A9", "caf\u{e9}"), ("cafe%CC%81", "cafe\u{301}"), ("%01%1F", "\u{1}\u{1f}"),
        ("日本", "日本"),
    ])
    func isDecoded(_ text: String, _ key: String) {
        #expect(PercentEncoding.decode(text, plusIsSpace: true).map { Array($0.utf8) } == Array(key.utf8))
        let withPlus = text.contains("+") ? text : key
        #expect(PercentEncoding.decode(text[...]).map { Array($0.utf8) } == Array(withPlus.utf8))
    }

    @Test(arguments: ["%", "a%2", "a%zz", "%+1", "%FF", "%C3", "%ED%A0%80"])
    func whatIsNotEncodedIsRefused(_ text: String) {
        #expect(PercentEncoding.decode(text) == nil)
        #expect(PercentEncoding.decode(text, plusIsSpace: true) == nil)
    }
}
