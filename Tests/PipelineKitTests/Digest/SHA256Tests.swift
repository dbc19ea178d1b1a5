import Digest
import Testing

@Suite struct SHA256Tests {
    /// From FIPS 180-2, appendix B.
    private static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test func hashesTheStandardsExamples() {
        #expect(SHA256.hash("abc".utf8).description == Self.abc)
        #expect(
            SHA256.hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8).description
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        #expect(
            SHA256.hash([]).description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func isReadFromHexadecimalDigits() {
        #expect(SHA256Digest(hex: Self.abc) == SHA256.hash("abc".utf8))
        #expect(SHA256Digest(hex: Self.abc.uppercased()) == SHA256.hash("abc".utf8))
    }

    private static let wrong: [String] = [
        "", String(abc.dropLast()), "\(abc)0", "\(abc.dropLast())g", "+\(abc.dropFirst())", "\(abc.dropLast(2))٣",
        "\(abc.dropLast(2))é", " \(abc.dropFirst())",
    ]

    @Test(arguments: wrong)
    func isReadFromNothingElse(_ text: String) {
        #expect(SHA256Digest(hex: text) == nil)
    }
}
