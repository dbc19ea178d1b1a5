import Digest
import Testing

@testable import AWS

@Suite struct KeyEncodingTests {
    @Test(arguments: [
        ("plain", "plain"), ("a%20b", "a b"), ("a+b", "a b"), ("a%2Bb", "a+b"), ("a%2520b", "a%20b"),
        ("%e9%96%93", "間"),
        ("caf%C3%A9", "caf\u{e9}"), ("cafe%CC%81", "cafe\u{301}"), ("%01%1F", "\u{1}\u{1f}"), ("日本", "日本"),
    ])
    func listingsAreDecoded(_ text: String, _ key: String) {
        #expect(URLEncodedKey.decode(text).map { Array($0.utf8) } == Array(key.utf8))
    }

    @Test(arguments: ["%", "a%2", "a%zz", "%+1", "%FF", "%C3", "%ED%A0%80"])
    func whatIsNotEncodedIsRefused(_ text: String) {
        #expect(URLEncodedKey.decode(text) == nil)
    }

    @Test(arguments: NastyKeys.all)
    func bothWaysOfEncodingReadBack(_ key: String) {
        let percent = PercentEncoding.component(key)
        let plus = percent.replacing("%20", with: "+")
        #expect(URLEncodedKey.decode(percent).map { Array($0.utf8) } == Array(key.utf8))
        #expect(URLEncodedKey.decode(plus).map { Array($0.utf8) } == Array(key.utf8))
    }

    /// The examples of RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64(_ text: String, _ encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
    }

    @Test func checksumOfNothing() {
        #expect(Base64.encode(SHA256.hash([]).bytes) == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    }
}
