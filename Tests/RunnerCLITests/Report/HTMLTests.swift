@testable import RunnerCLI
import Testing

@Suite struct HTMLTests {
    @Test func textIsEscapedAndPiecesAreNot() {
        let text = "<img src=x onerror='alert(1)'>&\""
        let inner: HTML = "<b>\(text)</b>"
        let page: HTML = "<p title=\"\(text)\">\(inner) \(7)</p>"
        let escaped = "&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;&quot;"
        #expect(page.markup == "<p title=\"\(escaped)\"><b>\(escaped)</b> 7</p>")
    }

    @Test(arguments: [
        ("type `a <b>`, then `c`", "type <code>a &lt;b&gt;</code>, then <code>c</code>"), ("`", "`"),
        ("a ` b", "a ` b"), ("", ""), ("``", "<code></code>"),
    ])
    func whatIsQuotedIsCode(text: String, markup: String) {
        #expect(HTML.sentence(text).markup == markup)
    }

    @Test(arguments: [
        ("plain", "plain"), ("a\u{0}b\u{1B}c", "a\u{FFFD}b\u{FFFD}c"), ("a\tb\nc", "a\tb\nc"),
        ("<\u{301}", "&lt;\u{301}"),
        ("日本 🙂", "日本 🙂"),
    ])
    func everyTextIsHarmless(text: String, markup: String) {
        #expect(("\(text)" as HTML).markup == markup)
    }
}
