import PipelineKit
import Testing

@Suite struct SanitizedTextTests {
    @Test(
        arguments: [
            ("plain", "plain"), ("tab\tand\nline", "tab\tand\nline"), ("\u{1B}[31mred", "red"),
            ("a\u{0}b\u{7F}c\u{9B}0d\r", "abc"), ("left\u{202E}right\u{2066}", "leftright"),
            ("é 日本 🙂", "é 日本 🙂"), ("", ""), ("\r\n", "\n"), ("one\r\ntwo\r\n", "one\ntwo\n"),
            ("one\n::error::two", "one\n: :error::two"), ("\n\n", "\n\n"),
        ])
    func eachLineIsHarmless(text: String, clean: String) {
        #expect(SanitizedText.clean(text) == clean)
    }

    @Test(
        arguments: [
            (
                "\u{1B}[31;1merror:\u{1B}[0m x\n\u{1B}[2m::y\u{1B}[0m",
                "\u{1B}[31;1merror:\u{1B}[0m x\n\u{1B}[2m::y\u{1B}[0m"
            ),
            ("\u{1B}[8mhidden\u{1B}[0m", "hidden\u{1B}[0m"), ("\u{1B}[2Jx\u{1B}]0;t\u{07}\u{9B}1m", "x"),
            ("\u{1B}[31m##[x]", "\u{1B}[31m## [x]"),
        ])
    func theStyleStaysIfItIsWanted(text: String, clean: String) {
        #expect(SanitizedText.cleanButStyle(text) == clean)
    }

    @Test(
        arguments: [
            (###"{"a":"##[x]","b":"# ##"}"###, ###"{"a":"#\u0023[x]","b":"# #\u0023"}"###),
            ("[\"\u{9B}\u{202E}#\u{200B}#\"]", ##"["\u009b\u202e#\u200b#"]"##), ("[\"é 🚀 #a\"]", "[\"é 🚀 #a\"]"),
            ("[\"\u{E0001}\"]", #"["\udb40\udc01"]"#),
        ])
    func whatJSONSaysStays(json: String, clean: String) {
        #expect(SanitizedJSON.clean(json) == clean)
    }

    @Test func everyTextOfAValue() {
        let value: Value = ["a": ["x\u{7}", 1, ["b": "##[y"]]]
        #expect(SanitizedText.clean(value) == ["a": ["x", 1, ["b": "## [y"]]])
    }
}
