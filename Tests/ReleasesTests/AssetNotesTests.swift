import Testing

@testable import Releases

@Suite struct AssetNotesTests {
    private func warnings(
        _ keys: [String], _ rules: [HeaderRule] = [], type: String? = nil, inFolder: Bool = false
    ) -> [String] {
        let rules = HeaderRules(rules)
        var notes = AssetNotes(rules, inFolder: inFolder)
        for key in keys {
            let asset = Asset(key: key, path: "/", size: 0, sha256: "", contentType: type ?? ContentType.of(key))
            notes.note(asset, rules.entry(for: asset))
        }
        return notes.warnings
    }

    private func rule(_ match: String, _ headers: [String: String] = [:]) throws -> HeaderRule {
        var rule = HeaderRule()
        (rule.match, rule.headers) = (try Glob(match), headers)
        return rule
    }

    @Test func anOrdinarySiteHasNone() {
        #expect(warnings(["index.html", "a b.js", "é.html", "LICENSE", "x.png", "日本語.html", "한국어.html"]) == [])
    }

    /// Browsers ask for `+` as it is, and S3 takes it for a space. A folder's web server does not.
    @Test func namesFilesWithAPlus() {
        let found = warnings(["a+b.js", "c.js", "d/e+.js"])
        #expect(found.count == 1 && found[0].hasPrefix("`a+b.js` and `d/e+.js`: S3 reads a `+`"))
        #expect(warnings(["a+b.js"], inFolder: true) == [])
    }

    @Test(arguments: [
        "cafe\u{301}.html", "u\u{308}ber/x", "a\u{30A}", "\u{304B}\u{3099}.html", "\u{1112}\u{1161}\u{11AB}",
        "\u{0438}\u{0306}", "\u{1B7}\u{30C}", "o\u{302}\u{301}",
    ])
    func namesFilesWithAnAccentOfItsOwn(_ key: String) {
        #expect(warnings(["index.html", key]).count == 1, "\(warnings([key]))")
    }

    /// No single character has these marks, so there is no other spelling; the signs of Hindi and Thai belong so.
    @Test(arguments: ["q\u{303}.html", "हिन्दी.html", "ภาษาไทย.html", "x\u{20E3}", "👍🏽.png", "caf\u{E9}.html"])
    func otherMarksAreAsTheyMustBe(_ key: String) {
        #expect(warnings([key]) == [])
    }

    @Test func saysWhichTextsAreNotUTF8() throws {
        let found = warnings(["a.html"], type: "text/html")
        #expect(found.count == 1 && found[0].contains("not UTF-8") && found[0].contains("`headers`"))
        #expect(warnings(["a.html"], type: "text/html", inFolder: true).first?.contains("`charset off`") == true)
        let sjis = try rule("*.html", ["content-type": "text/html; charset=shift_jis"])
        #expect(warnings(["a.html"], [sjis], type: "text/html") == [])
        #expect(warnings(["a.png"], type: "image/png") == [])
    }

    @Test func namesPatternsThatMatchNothing() throws {
        let found = warnings(["a.html", "b.js"], [try rule("*.htm"), try rule("*.html"), try rule("b.*")])
        #expect(found == ["no file matches `*.htm` of `headers` or `immutable`"])
    }

    @Test func saysOnlyTheFirstNames() {
        var sample = FileSample()
        #expect(sample.text == "")
        for number in 1...7 { sample.add("\(number)") }
        #expect(sample.text == "`1`, `2`, `3`, `4`, `5` and 2 more")
    }
}
