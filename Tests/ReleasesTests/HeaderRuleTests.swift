import PipelineKit
import Releases
import Testing

@Suite struct HeaderRuleTests {
    private func rule(_ match: String, _ cacheControl: String?, _ headers: [String: String] = [:]) throws -> HeaderRule
    {
        var rule = HeaderRule()
        rule.match = try Glob(match)
        rule.cacheControl = cacheControl
        rule.headers = headers
        return rule
    }

    private func entry(_ key: String, _ rules: [HeaderRule], isFingerprinted: Bool = false) -> ManifestEntry {
        HeaderRules(rules).entry(
            for: Asset(
                key: key, path: "/", size: 0, sha256: "", contentType: "text/plain", isFingerprinted: isFingerprinted))
    }

    @Test func hasDefaults() {
        #expect(entry("a.js", []).cacheControl == "no-cache")
        #expect(entry("a.js", [], isFingerprinted: true).cacheControl == "public, max-age=31536000, immutable")
    }

    @Test func theFirstThatMatchesWinsHeaderByHeader() throws {
        let rules = [
            try rule("**/*.pdf", nil, ["X-Robots-Tag": "noindex"]),
            try rule("docs/**", "max-age=60", ["x-robots-tag": "all", "Link": "<x>"]),
            try rule("**", "max-age=5", ["link": "<y>"]),
        ]
        let pdf = entry("docs/a.pdf", rules)
        #expect(pdf.cacheControl == "max-age=60" && pdf.headers == ["x-robots-tag": "noindex", "link": "<x>"])
        let page = entry("index.html", rules, isFingerprinted: true)
        #expect(page.cacheControl == "max-age=5" && page.headers == ["link": "<y>"])
    }

    @Test(arguments: [
        ("Cache-Control", "x", "an option of its own"), ("content-type", "x", "follows from the file"),
        ("Content-Encoding", "gzip", "follows from the file"), ("x y", "1", "no header's name"),
        ("", "1", "no header's name"),
        ("x:", "1", "no header's name"), ("ü", "1", "no header's name"),
        ("x-a", "1\r\nset-cookie: a", "control character"),
    ])
    func refusesHeadersThatItCannotSend(name: String, value: String, reason: String) {
        let problems = read([(name, value)])
        #expect(problems.contains { $0.message.contains(reason) }, "\(problems)")
    }

    @Test func refusesOneNameInTwoSpellings() {
        #expect(read([("X-A", "1"), ("x-a", "2")]).contains { $0.message.contains("twice") })
        #expect(read([("X-A", "1"), ("x-b", "")]).isEmpty)
    }

    private func read(_ headers: [(String, String)]) -> [Problem] {
        let mark = SourceMark(line: 1, column: 1)
        func field(_ key: String, _ content: Node.Content) -> Node.Field {
            Node.Field(key: key, keyMark: mark, value: Node(content, at: mark))
        }
        let fields = headers.map { field($0.0, .scalar($0.1, plain: false)) }
        let problems = ProblemList()
        _ = HeaderRule.read(
            Node(.mapping([field("match", .scalar("**", plain: true)), field("headers", .mapping(fields))]), at: mark),
            problems)
        return problems.errors
    }
}
