import FoundationEssentials
import Testing
import TextCoding

@Suite struct JSONTextTests {
    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), (#"a"b\c"#, #""a\"b\\c""#), ("\n\r\t", #""\n\r\t""#),
        ("\u{0}\u{1b}\u{1f}\u{7f}", #""\u0000\u001b\u001f\u007f""#), ("\u{2028}x\u{2029}", #""\u2028x\u2029""#),
        ("\u{2027}\u{202A}é間😀", "\"\u{2027}\u{202A}é間😀\""), ("a\u{2028}", #""a\u2028""#), ("\u{e2}", "\"\u{e2}\""),
    ])
    func isAStringOfJSON(_ text: String, _ json: String) throws {
        var out = Array(">".utf8)
        JSONText.append(text, to: &out)
        #expect(String(decoding: out, as: UTF8.self) == ">" + json)
        #expect(try JSONDecoder().decode(String.self, from: Data(out.dropFirst())) == text)
    }

    @Test func anyScalarOfTheFirstPlaneCanBeEscaped() {
        #expect(JSONText.escape("\u{7}") == #"\u0007"#)
        #expect(JSONText.escape("#") == #"\u0023"#)
        #expect(JSONText.escape("\u{202E}") == #"\u202e"#)
    }

    @Test(arguments: [
        (#"{"a":1}"#, "1"), (#"{"b":2,"a":"x,}\\","c":3}"#, #""x,}\\""#),
        (#" { "a" : [ {"a":2} , 3 ] , "b":"a" }"#, #"[ {"a":2} , 3 ]"#),
        (#"{"b":{"a":1},"c":["a",{"a":2}]}"#, nil), (#"{"b":"a","a":18446744073709551616}"#, "18446744073709551616"),
        (#"{"a\"":1,"\"a":2,"aa":3}"#, nil), (#"{"b":"\"a\":1"}"#, nil), ("{}", nil), (#"{"a":{}}"#, "{}"),
        (#"{"x":":","a":"\""}"#, #""\"""#),
        ("", nil), (#"{""#, nil), (#"{"a"#, nil), (#"{"a":"\"#, nil),
    ])
    func aMemberKeepsItsBytes(_ json: String, _ value: String?) {
        let found = JSONText.member("a", ofObject: Array(json.utf8)[...])
        #expect(found.map { String(decoding: $0, as: UTF8.self) } == value)
    }
}
