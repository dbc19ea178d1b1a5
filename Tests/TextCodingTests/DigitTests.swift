import Testing
import TextCoding

@Suite struct DigitTests {
    /// The examples of RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64(_ text: String, _ encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
    }

    @Test func base64HasAllDigits() {
        let bytes = stride(from: 0, to: 64, by: 4).flatMap { start -> [UInt8] in
            let bits = (0..<4).reduce(0) { $0 << 6 | (start + $1) }
            return [UInt8(bits >> 16), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
        }
        #expect(Base64.encode(bytes) == "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    }

    @Test func everyByteIsTwoHexadecimalDigits() {
        let bytes = Array(UInt8.min...UInt8.max)
        let text = Hexadecimal.encode(bytes)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff") && text.utf8.count == 512)
        #expect(Hexadecimal.decode(text) == bytes)
        #expect(Hexadecimal.decode(text.uppercased()) == bytes)
    }

    @Test(arguments: ["0", "0g", "g0", "+1", "0\u{661}", " 1"])
    func whatIsNotHexadecimalIsRefused(_ text: String) {
        #expect(Hexadecimal.decode(text) == nil)
    }

    @Test func digitsHaveTheirValues() {
        for value in UInt8(0)..<16 {
            #expect(Hexadecimal.value(of: Hexadecimal.digit(value)) == value)
            #expect(Hexadecimal.value(of: Hexadecimal.digit(value, uppercase: true)) == value)
        }
        let digits = (UInt8.min...UInt8.max).filter(\.isHexDigit)
        #expect(String(decoding: digits, as: UTF8.self) == "0123456789ABCDEFabcdef")
    }

    @Test func classesOfASCII() {
        func all(_ isMember: (UInt8) -> Bool) -> String {
            String(decoding: (UInt8.min...UInt8.max).filter(isMember), as: UTF8.self)
        }
        #expect(all(\.isASCIIDigit) == "0123456789")
        #expect(all(\.isASCIILowercase) == "abcdefghijklmnopqrstuvwxyz")
        #expect(all(\.isASCIIUppercase) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        #expect(all(\.isASCIILetter) == "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        #expect(all { $0.isASCIIAlphanumeric } == all { $0.isASCIIDigit || $0.isASCIILetter })
        #expect(all { $0.isHTTPToken && !$0.isASCIIAlphanumeric } == "!#$%&'*+-.^_`|~")
        #expect(all { $0.asciiLowercased != $0 } == all(\.isASCIIUppercase))
        #expect(UInt8(ascii: "Q").asciiLowercased == UInt8(ascii: "q"))
        for byte in UInt8.min...UInt8.max {
            let scalar = UnicodeScalar(byte)
            #expect(scalar.isASCIIDigit == byte.isASCIIDigit && scalar.isASCIILetter == byte.isASCIILetter)
            #expect(scalar.isASCIIAlphanumeric == byte.isASCIIAlphanumeric)
        }
        // Their last eight bits are those of `A` and `1`.
        for scalar in ["\u{141}", "\u{131}"] as [Unicode.Scalar] {
            #expect(!scalar.isASCIILetter && !scalar.isASCIIDigit && !scalar.isASCIIAlphanumeric)
        }
    }
}
