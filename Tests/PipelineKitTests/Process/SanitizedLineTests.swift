import PipelineKit
import Testing

@Suite struct SanitizedLineTests {
    @Test(arguments: [
        ("plain text", "plain text"),
        ("a\tb", "a\tb"),
        ("Zürich 🚀", "Zürich 🚀"),
        ("\u{1B}[1;31mred\u{1B}[0m", "red"),
        ("\u{1B}]0;title\u{07}text", "text"),
        ("\u{1B}]8;;https://example.com\u{1B}\\link\u{1B}]8;;\u{1B}\\", "link"),
        ("\u{1B}(Btext", "text"),
        ("\u{9B}31mred", "red"),
        ("bell\u{07} zero\u{0} delete\u{7F} next\u{85}", "bell zero delete next"),
        ("10%\r50%\r100%", "100%"),
        ("100%\r", "100%"),
        ("cut \u{1B}[", "cut "),
        ("cut \u{1B}", "cut "),
        ("cut \u{1B}]never ends", "cut "),
        ("\r\r", ""),
    ])
    func onlyTextIsLeft(line: String, text: String) {
        #expect(SanitizedLine.clean(line) == text)
    }

    @Test(arguments: [
        ("::set-env name=PATH::/evil", ": :set-env name=PATH::/evil"),
        ("  ::error::x", "  : :error::x"),
        ("\u{1B}[0m::error::x", ": :error::x"),
        (":\u{0}:error::x", ": :error::x"),
        ("##[error]x", "## [error]x"),
        ("text ##vso[task.setvariable]x", "text ## vso[task.setvariable]x"),
        ("##\u{1B}[0m[error]x", "## [error]x"),
        ("##[\u{301}x", "## [\u{301}x"),
        ("::\u{301}x", ": :\u{301}x"),
        ("##teamcity[x]", "## teamcity[x]"),
        ("###[x]", "### [x]"), ("##[a]##[b]", "## [a]## [b]"), ("##other[x]", "## other[x]"),
        ("\u{A0}\u{2003}::error::x", "\u{A0}\u{2003}: :error::x"), ("\t::error::x", "\t: :error::x"),
        ("\u{200B}::error::x", "\u{200B}: :error::x"), (":\u{200D}:error::x", ": \u{200D}:error::x"),
        ("\u{FEFF}\u{AD}::error::x", "\u{FEFF}\u{AD}: :error::x"), ("#\u{2060}#\u{FE0F}[x]", "#\u{2060}# \u{FE0F}[x]"),
        ("# #[x] a::b #a#[", "# #[x] a::b #a#["), ("## a [x]", "## a [x]"), ("é ::x", "é ::x"),
        ("std::vector ## heading", "std::vector ## heading"),
    ])
    func commandsOfCISystemsAreDefused(line: String, text: String) {
        #expect(SanitizedLine.clean(line) == text)
    }
}
