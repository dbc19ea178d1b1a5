import Digest
import Testing

/// The test cases of RFC 4231.
@Suite struct HMACTests {
    static let cases: [(key: [UInt8], message: [UInt8], digest: String)] = [
        (
            [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ]

    @Test(arguments: cases.indices) func agreesWithTheStandard(index: Int) {
        let test = Self.cases[index]
        let key = HMACSHA256Key(test.key)
        #expect(key.authenticate(test.message).description == test.digest)
        // The key's states are as they were.
        #expect(key.authenticate(test.message).description == test.digest)
    }

    @Test func servesManyThreadsAtOnce() async {
        let key = HMACSHA256Key("Jefe".utf8)
        let expected = key.authenticate("what do ya want for nothing?".utf8)
        let wrong = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<2_000).count { _ in key.authenticate("what do ya want for nothing?".utf8) != expected }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}
