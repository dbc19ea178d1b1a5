import FoundationEssentials
@testable import PipelineKit
import Testing

@Suite struct ValueTests {
    @Test(
        arguments: [
            (.null, "null", ""), (true, "true", "true"), (3, "3", "3"), (.number(1.5), "1.5", "1.5"),
            ("a\"\\\n\u{1b}\u{2028}é", #""a\"\\\n\u001b\u2028é""#, "a\"\\\n\u{1b}\u{2028}é"),
            ([1, "a", .null], #"[1,"a",null]"#, #"[1,"a",null]"#),
            (["b": 1, "a": [:]], #"{"a":{},"b":1}"#, #"{"a":{},"b":1}"#),
        ] as [(Value, String, String)])
    func writesJSONAndText(_ value: Value, _ json: String, _ text: String) throws {
        #expect(value.json == json)
        #expect(value.asText == text)
        #expect(try JSONDecoder().decode(Value.self, from: Data(json.utf8)) == value)
        #expect(try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value)) == value)
    }

    @Test func noNumberBreaksJSON() {
        #expect(Value.list([.number(.nan), .number(.infinity)]).json == "[null,null]")
    }
}

@Suite struct SuggestionTests {
    @Test(arguments: [
        ("stroe", "store"), ("soure", "source"), ("SOURCE", "source"), ("qqqqq", nil), ("verson", "version"),
    ])
    func nearest(_ word: String, _ expected: String?) {
        #expect(Suggestion.nearest(to: word, among: ["store", "source", "version"]) == expected)
    }

    @Test(arguments: [
        ("", "", 0), ("", "ab", 2), ("ab", "", 2), ("ab", "ba", 1), ("abcd", "badc", 2), ("kitten", "sitting", 3),
        ("version", "version", 0), ("a cat", "an act", 2), ("xxxxxxxx", "yyyyyyyy", 8),
    ])
    func distance(_ left: String, _ right: String, _ distance: Int) {
        #expect(Suggestion.distance(left, right) == distance)
        #expect(Suggestion.distance(left, right, atMost: distance) == distance)
        #expect(Suggestion.distance(left, right, atMost: distance - 1) == nil)
    }
}
