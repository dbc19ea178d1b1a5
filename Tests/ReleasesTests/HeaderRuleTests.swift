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

    private func asset(_ key: String, isFingerprinted: Bool = false, _ content: String = "") -> Asset {
        Asset(
            key: key, path: "/", size: 0, sha256: content, contentType: "text/plain", isFingerprinted: isFingerprinted)
    }

    private func entry(_ key: String, _ rules: [HeaderRule], isFingerprinted: Bool = false) -> ManifestEntry {
        HeaderRules(rules).entry(for: asset(key, isFingerprinted: isFingerprinted), replacing: nil)
    }

    @Test func hasDefaults() {
        #expect(entry("a.js", []).cacheControl == "no-cache")
        #expect(entry("a.js", [], isFingerprinted: true).cacheControl == "public, max-age=31536000, immutable")
    }

    /// A name that had other bytes is no hash of its content. It stays so: a browser may keep what it got for a year.
    @Test(arguments: ["a.3f2a9c1b.js", "lib/x.js"])
    func aNameWithOtherBytesIsNoHash(_ key: String) throws {
        let rules = HeaderRules([], immutable: [try Glob("lib/**")])
        func next(_ content: String, after earlier: ManifestEntry?) -> ManifestEntry {
            rules.entry(for: asset(key, isFingerprinted: key.hasPrefix("a."), content), replacing: earlier)
        }
        let first = next("1", after: nil)
        #expect(first.cacheControl == "public, max-age=31536000, immutable" && !first.isMisnamed)
        #expect(next("1", after: first) == first)
        let other = next("2", after: first)
        #expect(other.cacheControl == "no-cache" && other.isMisnamed)
        #expect(next("2", after: other) == other && next("3", after: other).isMisnamed)
    }

    /// The same content, compressed otherwise, is no other content; and what had `no-cache` for another reason is
    /// believed.
    @Test func compressionIsNoOtherContent() throws {
        let rules = HeaderRules([])
        var packed = asset("a.3f2a9c1b.js", isFingerprinted: true, "packed")
        packed.original = .init(path: "/", size: 9, sha256: "1")
        let plain = asset("a.3f2a9c1b.js", isFingerprinted: true, "1")
        let year = "public, max-age=31536000, immutable"
        #expect(rules.entry(for: packed, replacing: rules.entry(for: plain, replacing: nil)).cacheControl == year)
        #expect(rules.entry(for: plain, replacing: rules.entry(for: packed, replacing: nil)).cacheControl == year)
        #expect(rules.entry(for: plain, replacing: rules.entry(for: plain)).cacheControl == year)
    }

    /// What a rule says holds, and what is replaced in place is never kept.
    @Test func aRuleOverridesTheName() throws {
        let rules = HeaderRules([try rule("**", "no-cache")], immutable: [try Glob("**")])
        let entry = rules.entry(for: asset("a.js", isFingerprinted: true, "2"), replacing: self.entry("a.js", []))
        #expect(entry.cacheControl == "no-cache" && !entry.isMisnamed)
        #expect(HeaderRules([]).entry(for: asset("a.js", isFingerprinted: true)).cacheControl == "no-cache")
    }

    /// Files without an ending, or with one that means something else here.
    @Test func aRuleSaysTheContentType() throws {
        let rules = [try rule("info", nil, ["Content-Type": "text/html; charset=utf-8"]), try rule("**", "max-age=5")]
        let entry = entry("info", rules)
        #expect(entry.contentType == "text/html; charset=utf-8" && entry.headers == [:])
        #expect(entry.cacheControl == "max-age=5" && self.entry("other", rules).contentType == "text/plain")
    }

    /// A file that is compressed already, and one that `gzip` compresses once more.
    @Test func aRuleSaysTheContentEncoding() throws {
        let rules = [try rule("**", nil, ["content-encoding": "br"])]
        #expect(entry("game.data", rules).contentEncoding == "br" && entry("game.data", rules).headers == [:])
        var packed = asset("game.data")
        (packed.contentEncoding, packed.original) = ("gzip", .init(path: "/", size: 9, sha256: "1"))
        #expect(HeaderRules(rules).entry(for: packed).contentEncoding == "br, gzip")
        var named = asset("data.csv.br")
        named.contentEncoding = "br"
        let plain = HeaderRules([try rule("**", nil, ["content-encoding": "identity"])])
        #expect(plain.entry(for: named).contentEncoding == nil && plain.entry(for: packed).contentEncoding == "gzip")
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
        ("Cache-Control", "x", "an option of its own"), ("content-type", "x", "not a media type"),
        ("content-type", "text/", "not a media type"), ("Content-Type", "text /html", "not a media type"),
        ("Content-Encoding", "zip", "none of gzip"), ("content-length", "1", "follows from the file"),
        ("x y", "1", "not a header name"),
        ("", "1", "not a header name"),
        ("x:", "1", "not a header name"), ("ü", "1", "not a header name"),
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
