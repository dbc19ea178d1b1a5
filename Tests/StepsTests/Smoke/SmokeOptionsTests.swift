import PipelineKit
import SmokeStep
import TestSupport
import Testing

@Suite struct SmokeOptionsTests {
    struct Wrong: Sendable, CustomTestStringConvertible {
        var fields: [String: Value]
        var said: String

        init(_ fields: [String: Value], _ said: String) {
            self.fields = fields
            self.said = said
        }

        var testDescription: String { said }
    }

    static let url: Value = "https://site.test/"
    static let wrong = [
        Wrong([:], "set one of `url` or `checks`: what to check"),
        Wrong(["checks": []], "`checks` must not be empty"),
        Wrong(
            ["checks": [[:]]],
            "`url` is missing: the page to check: a URL, or a path that begins with `/` on the "
                + "host of the step's `url`"),
        Wrong(
            ["url": "site.test"],
            "`url` is not usable: it does not begin with `http://` or `https://`, as `http://site.test` does"),
        Wrong(["url": "/path"], "`url` is not usable: it does not begin with `http://` or `https://`"),
        Wrong(["url": "ftp://site.test/"], "`url` is not usable: it is not http or https"),
        Wrong(
            ["url": "https://me:secret@site.test/"], "`url` is not usable: it carries a user name or a password"),
        Wrong(
            ["url": "https://site.test/ü"],
            "`url` is not usable: it has a space, a control character or a letter beyond ASCII"),
        Wrong(
            ["url": url, "checks": [["url": "/a b"]]],
            "`url` is not usable: the path is not percent-encoded or does not begin with /"),
        Wrong(["url": url, "checks": [["url": "//other.test/"]]], "`url` begins with `//`"),
        Wrong(
            ["checks": [["url": "/a"]]], "the path `/a` needs the step's `url`"),
        Wrong(
            ["url": url, "checks": [["url": "https://other.test/"]]],
            "`url` is not used: no path in `checks` begins with `/`"),
        Wrong(
            ["checks": [["url": url]], "contains": "x"], "`contains` has no effect beside `checks`"),
        Wrong(["url": url, "matches": "(a"], "the regular expression `(a` has a `(` without its `)`"),
        Wrong(["url": url, "headers": ["etag": "/(a/"]], "the regular expression `(a` has a `(` without its `)`"),
        Wrong(
            ["url": url, "matches": "(?=a)"],
            "the regular expression `(?=a)` looks around by `(?=…)`, which cannot be done in linear time"),
        Wrong(["url": url, "headers": ["a b": "c"]], "`headers` has `a b`, which is not a header name"),
        Wrong(
            ["url": url, "request-headers": ["a:": "c"]], "`request-headers` has `a:`, which is not a header name"),
        Wrong(["url": url, "contains": ""], "`contains` must not be empty"),
        Wrong(
            ["url": url, "status": "20x"], "expected a status such as `200`, or a range such as `200-299`, found `20x`"),
        Wrong(
            ["url": url, "status": [200, "299-200"]],
            "expected a status such as `200`, or a range such as `200-299`, found `299-200`"),
        Wrong(
            ["url": url, "status": 600], "expected a status such as `200`, or a range such as `200-299`, found `600`"),
        Wrong(
            ["url": url, "status": []],
            "expected a status such as `200`, a range such as `200-299`, or a list of them, found an empty list"),
        Wrong(["url": url, "sha256": "abc"], "expected a SHA-256 of 64 hexadecimal digits, found `abc`"),
        Wrong(["url": url, "method": "POST"], "expected one of `GET`, `HEAD`, found `POST`"),
        Wrong(
            ["url": url, "method": "HEAD", "contains": "x"],
            "an answer to HEAD has no body, and the check looks at one"),
        Wrong(
            ["checks": [["url": url, "method": "HEAD", "sha256": .text(String(repeating: "0", count: 64))]]],
            "an answer to HEAD has no body, and the check looks at one"),
        Wrong(
            ["url": url, "resolve": "192.0.2.7"],
            "expected a `host:port:address` such as `www.example.com:443:192.0.2.7`, found `192.0.2.7`"),
        Wrong(["url": url, "timeout": "0s"], "`timeout` must be longer than 0s"),
        Wrong(["url": url, "max-time": "0s"], "`max-time` must be longer than 0s"),
        Wrong(["url": url, "repeat": ["times": 1]], "`times` must be from 2 to 1000, not 1"),
        Wrong(["url": url, "concurrency": 0], "`concurrency` must be from 1 to 64, not 0"),
        Wrong(["url": url, "redirects": 21], "`redirects` must be from 0 to 20, not 21"),
        Wrong(["url": url, "manifest": "sample", "version": "v1"], "`manifest` needs `store`"),
        Wrong(["url": url, "manifest": "all", "store": "site"], "`manifest` needs `version`"),
        Wrong(["url": url, "manifest": "some"], "expected one of `sample`, `all`, `none`, found `some`"),
        Wrong(["url": url, "containz": "x"], "unknown option `containz`"),
    ]

    @Test(arguments: wrong)
    func whatIsWrongIsFoundWithTheFile(_ one: Wrong) {
        let messages = Smoke.Options.problems(one.fields).map(\.message)
        #expect(messages.contains { one.said.hasSuffix(": ") ? $0.hasPrefix(one.said) : $0 == one.said }, "\(messages)")
    }

    /// A value that depends on an earlier step is not known while the file is checked.
    @Test func valuesThatAreNotKnownYetPass() throws {
        let place = SourceMark(line: 1, column: 1)
        func node(_ fields: [(String, Node.Content)]) -> Node.Content {
            .mapping(fields.map { Node.Field(key: $0.0, keyMark: place, value: Node($0.1, at: place)) })
        }
        let later = Node.Content.deferred(expression: "${{ steps.a.outputs.b }}", type: .text)
        let list = Node.Content.deferred(expression: "${{ steps.a.outputs.c }}", type: .list)
        let nodes: [Node.Content] = [
            node([("url", later), ("contains", later), ("sha256", later), ("matches", later), ("status", list)]),
            node([("url", later), ("checks", .sequence([Node(node([("url", later), ("status", later)]), at: place)]))]),
            node([("checks", list)]),
            node([
                ("url", later), ("headers", node([("etag", later)])), ("manifest", later), ("store", later),
                ("version", later),
            ]),
            node([("url", later), ("status", .sequence([Node(later, at: place)]))]),
        ]
        for content in nodes {
            let problems = ProblemList()
            _ = Smoke.Options.read(Node(content, at: place), problems)
            #expect(problems.errors.map(\.message) == [])
        }
    }

    @Test func everyGoodFormIsRead() throws {
        for fields: [String: Value] in [
            ["url": Self.url], ["url": Self.url, "status": ["200-299", 304]],
            ["checks": [["url": Self.url, "method": "HEAD", "headers": ["etag": "/x/"]]]],
            ["url": Self.url, "checks": [["url": "/robots.txt"]]],
            ["url": Self.url, "manifest": "all", "store": "site", "version": "v1"],
            ["url": Self.url, "manifest": "all", "store": "site", "version": "v1", "checks": [["url": Self.url]]],
        ] {
            #expect(Smoke.Options.problems(fields).map(\.message) == [])
        }
    }
}
