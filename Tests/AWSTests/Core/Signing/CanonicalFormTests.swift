import HTTP
import Testing

@testable import AWS

@Suite struct CanonicalFormTests {
    @Test func sortsAQueryByNameAndThenByValue() {
        let query = CanonicalQuery([("b", "2"), ("a1", "x"), ("a", "z"), ("b", "1"), ("uploads", nil), ("a", "")])
        #expect(query.signed == "a=&a=z&a1=x&b=1&b=2&uploads=")
        #expect(query.sent == "a=&a=z&a1=x&b=1&b=2&uploads")
    }

    @Test func leavesOutWhatProxiesChange() {
        let headers = CanonicalHeaders(
            ["Expect", "Connection", "Transfer-Encoding", "User-Agent", "Host"].map { .init($0, "x") })
        #expect(headers.names == "host")
        #expect(headers.lines == "host:x\n")
    }

    @Test(arguments: [
        ("", ""), ("a", "a"), (" a", "a"), ("a ", "a"), ("a  b", "a b"), ("a\tb", "a b"), ("  ", ""),
        (" \"a   b\" ", "\"a b\""),
    ]) func trimsValues(value: String, trimmed: String) {
        #expect(CanonicalHeaders.trimmed(value) == trimmed)
    }

    @Test(arguments: [
        (0, "19700101T000000Z"), (951_782_399, "20000228T235959Z"), (951_782_400, "20000229T000000Z"),
        (1_440_938_160, "20150830T123600Z"), (4_107_542_399, "21000228T235959Z"), (4_107_542_400, "21000301T000000Z"),
        (-1, "19691231T235959Z"),
    ]) func writesDates(seconds: Int, stamp: String) {
        #expect(SigningDate(seconds: seconds).stamp == stamp)
    }

    @Test func printsNoSecret() {
        let credentials = Credentials(accessKeyID: "AKID", secretAccessKey: "s3cr3t", sessionToken: "t0k3n")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped, "\([credentials])"] {
            #expect(!text.contains("s3cr3t") && !text.contains("t0k3n"))
        }
    }
}
