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

    @Test func everyTextOfAValue() {
        let value: Value = ["a": ["x\u{7}", 1, ["b": "##[y"]]]
        #expect(SanitizedText.clean(value) == ["a": ["x", 1, ["b": "## [y"]]])
    }
}
