import HTTP
import Testing

@Suite struct ByteSearchTests {
    @Test(
        arguments: [
            ("hello", "hello", 0), ("hello", "lo", 3), ("hello", "l", 2), ("hello", "x", nil), ("hello", "hello!", nil),
            ("", "a", nil), ("aab", "ab", 1), ("héllo", "éllo", 1),
        ] as [(String, String, Int?)])
    func findsTheFirstPlace(text: String, wanted: String, place: Int?) {
        #expect(Array(text.utf8).position(of: wanted) == place)
    }

    @Test(
        arguments: [
            ("a longer text", "longest", 2), ("a longer text", "lon", 2), ("a longer text", "lo", nil),
            ("a longer text", "loose", nil),
            ("", "abc", nil),
        ] as [(String, String, Int?)])
    func findsTheLongestBeginning(text: String, wanted: String, place: Int?) {
        #expect(Array(text.utf8).positionOfLongestPrefix(of: wanted) == place)
    }

    @Test(arguments: [0, 1, 4_095, 4_096, 4_097, 9_000])
    func findsTheFirstDifference(place: Int) {
        let one = [UInt8](repeating: 1, count: 10_000)
        var other = one
        other[place] = 2
        other[9_999] = 3
        #expect(one.firstDifference(from: other) == place)
        #expect(one.firstDifference(from: one + [1]) == nil)
        #expect([UInt8]().firstDifference(from: one) == nil)
    }
}
