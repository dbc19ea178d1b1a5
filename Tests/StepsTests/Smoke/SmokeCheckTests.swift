import Digest
import HTTP
import PipelineKit
import SmokeStep
import TestSupport
import Testing

@Suite struct SmokeCheckTests {
    /// One check of one page: its options, the page's answer, and what the check objects to.
    struct Case: Sendable, CustomTestStringConvertible {
        var fields: [String: Value]
        var reply: ScriptedClient.Reply
        var said: String?

        init(_ fields: [String: Value], _ reply: ScriptedClient.Reply, _ said: String? = nil) {
            self.fields = fields
            self.reply = reply
            self.said = said
        }

        var testDescription: String { "\(fields) \(said ?? "passes")" }
    }

    static let hello = "<html>\r\n<h1>Hello, world</h1>\u{1B}[31m\n</html>"
    static let digest = SHA256.hash(hello.utf8).description

    static let statuses = [
        Case([:], .answer(200)),
        Case([:], .answer(404), "expected status 200, got 404"),
        Case([:], .answer(500, [:], "no\u{0}\u{202E} luck\n"), "expected status 200, got 500 with `no luck `"),
        Case(
            [:], .answer(301, ["Location": "https://site.test/"]),
            "expected status 200, got 301 to `https://site.test/`"),
        Case(["status": 404], .answer(404)),
        Case(["status": ["200-299", 304]], .answer(304)),
        Case(["status": ["200-299", 304]], .answer(300), "expected status 200-299 or 304, got 300"),
        Case(["status": 301, "headers": ["location": "/new"]], .answer(301, ["Location": "/new"])),
    ]

    static let headers = [
        Case(["headers": ["Cache-Control": "no-cache"]], .answer(200, ["cache-control": "no-cache"])),
        Case(
            ["headers": ["cache-control": "no-cache"]], .answer(200, ["cache-control": "max-age=60"]),
            "expected the header `cache-control` to be `no-cache`, got `max-age=60`"),
        Case(
            ["headers": ["etag": "x"]], .answer(200), "expected the header `etag` to be `x`, got no such header"),
        Case(["headers": ["etag": "/^\"[0-9a-f]+\"$/"]], .answer(200, ["ETag": "\"1f\""])),
        Case(
            ["headers": ["etag": "/^\"[0-9a-f]+\"$/"]], .answer(200, ["ETag": "W/\"1f\""]),
            "expected the header `etag` to match `^\"[0-9a-f]+\"$`, got `W/\"1f\"`"),
        Case(["headers": ["vary": "b"]], .answer(200, ["Vary": "a", "vary": "b"])),
        Case(["headers": ["vary": "a, b"]], .answer(200, ["Vary": "a", "vary": "b"])),
        Case(
            ["headers": ["x-a": "1", "x-b": "2"]], .answer(200),
            "expected the header `x-a` to be `1`, got no such header, and "
                + "expected the header `x-b` to be `2`, got no such header"),
    ]

    static let bodies = [
        Case(["contains": "Hello, world"], .answer(200, [:], hello)),
        Case(
            ["contains": "Hello, there"], .answer(200, [:], hello),
            "expected the body to contain `Hello, there`, got `<html> <h1>Hello, world</h1>[31m </html>`"),
        Case(["contains": "x"], .answer(200), "expected the body to contain `x`, got an empty one"),
        Case(["not-contains": "Goodbye"], .answer(200, [:], hello)),
        Case(
            ["not-contains": "world"], .answer(200, [:], hello),
            "expected the body not to contain `world`, got `<html> <h1>Hello, world</h1>[31m </html>`"),
        Case(["matches": "Hello, \\w+<"], .answer(200, [:], hello)),
        Case(["matches": "<html>\\r\\n<"], .answer(200, [:], hello)),
        // Another engine took a minute for the first and half a minute for the second.
        Case(["matches": "(a+)+$"], .answer(200, [:], String(repeating: "a", count: 40_000))),
        Case(
            ["matches": "a.*b"], .answer(200, [:], String(repeating: "a", count: 40_000)),
            "expected the body to match `a.*b`, got `\(String(repeating: "a", count: 200))…`"),
        Case(
            ["matches": "^Hello"], .answer(200, [:], hello),
            "expected the body to match `^Hello`, got `<html> <h1>Hello, world</h1>[31m </html>`"),
        Case(["sha256": .text(digest.uppercased())], .answer(200, [:], hello)),
        Case(
            ["sha256": .text(digest)], .answer(200, [:], "other"),
            "expected the SHA-256 \(digest), got d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa "
                + "of 5 bytes: `other`"),
        Case(
            ["sha256": .text(digest)], .answer(200),
            "expected the SHA-256 \(digest), got e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 "
                + "of an empty body"),
        Case(["max-time": "100ms"], .answer(200, [:], "", .milliseconds(100))),
        Case(
            ["max-time": "100ms"], .answer(200, [:], "", .milliseconds(101)),
            "expected an answer within 100ms, got it after 101ms"),
    ]

    static let json =
        #"{"version": "v1.2", "n": 3, "half": 0.5, "ok": true, "none": null, "items": [{"name": "a"}, {"name": "b"}]}"#
    static let values = [
        Case(
            [
                "json": [
                    "version": "v1.2", "n": "3.0", "half": "0.50", "ok": "true", "none": "null", "items.1.name": "b",
                ]
            ],
            .answer(200, [:], json)),
        Case(
            ["json": ["version": "v1.3"]], .answer(200, [:], json),
            "expected `version` to be `v1.3` in the JSON, got `v1.2`"),
        Case(["json": ["ok": "1"]], .answer(200, [:], json), "expected `ok` to be `1` in the JSON, got `true`"),
        Case(
            ["json": ["items.2.name": "c"]], .answer(200, [:], #"{"items": []}"#),
            "expected `items.2.name` to be `c` in the JSON, got none there: `{\"items\": []}`"),
        Case(
            ["json": ["items": "a"]], .answer(200, [:], #"{"items": ["a"]}"#),
            "expected `items` to be `a` in the JSON, got `[\"a\"]`"),
        Case(
            ["json": ["a.b": "2", "list.1.0": "x", "big": "1e30"]],
            .answer(
                200, [:], "\u{FEFF}{\n\t\"a\": {\"b\": 1, \"b\": 2},\r\n \"list\": [[], [\"x\"]], \"big\": 1e+30 }\n")),
        Case(
            ["json": ["a": "1"]], .answer(200, [:], #"{"a": 1} {}"#),
            "expected `a` to be `1` in the JSON, got a body that is not JSON: `{\"a\": 1} {}`"),
        Case(
            ["json": ["a": "1"]], .answer(200, [:], #"{"a": 01}"#),
            "expected `a` to be `1` in the JSON, got a body that is not JSON: `{\"a\": 01}`"),
        Case(
            ["json": ["0": "1"]], .answer(200, [:], String(repeating: "[", count: 100_000)),
            "expected `0` to be `1` in the JSON, got a body that is not JSON: "
                + "`\(String(repeating: "[", count: 200))…`"),
        Case(
            ["json": ["version": "v1"]], .answer(200, [:], "<html>"),
            "expected `version` to be `v1` in the JSON, got a body that is not JSON: `<html>`"),
    ]

    @Test(arguments: statuses + headers + bodies + values)
    func eachExpectationIsHeldAgainstTheAnswer(_ one: Case) async throws {
        let fields = one.fields.merging(["url": .text(page)]) { own, _ in own }
        let failure = try await smokeFailure(fields, [page: [one.reply]])
        #expect(failure?.message == one.said.map { "\(page): \($0)" })
        #expect(failure?.help == one.said.map { _ in "to reproduce:\ncurl -sSi --max-time 10 --compressed \(page)" })
        #expect(failure.map { $0.code == "smoke-failed" && $0.retryClass == .failure } ?? true)
    }

    @Test func aHeaderMayHaveToBeAbsent() async throws {
        // A plain word of YAML: values of a run are always quoted.
        let place = SourceMark(line: 1, column: 1)
        func field(_ name: String, _ content: Node.Content) -> Node.Field {
            Node.Field(key: name, keyMark: place, value: Node(content, at: place))
        }
        func failure(plain: Bool, _ reply: ScriptedClient.Reply) async throws -> String? {
            let absent = Node.Content.mapping([field("x-powered-by", .scalar("absent", plain: plain))])
            let node = Node(.mapping([field("url", .scalar(page, plain: true)), field("headers", absent)]), at: place)
            let options = try #require(Smoke.Options.read(node, ProblemList()))
            var context = StepContext.test()
            context[HTTPKey.self] = ScriptedClient([page: [reply]])
            do {
                _ = try await Smoke(options).run(in: context)
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(try await failure(plain: true, .answer(200)) == nil)
        #expect(
            try await failure(plain: true, .answer(200, ["X-Powered-By": "PHP"]))
                == "http://site.test/: expected no header `x-powered-by`, got `PHP`")
        #expect(try await failure(plain: false, .answer(200, ["X-Powered-By": "absent"])) == nil)
    }

    @Test func anExcerptIsShortAndWholeAndShowsTheDifference() async throws {
        let filler = String(repeating: "€", count: 500)
        let failure = try await smokeFailure(
            ["url": .text(page), "contains": "release v2"], [page: [.answer(200, [:], filler + "release v1!" + filler)]]
        )
        let message = try #require(failure?.message)
        let excerpt = message.split(separator: "`").last.map(String.init) ?? ""
        #expect(excerpt.contains("release v1") && excerpt.hasPrefix("…€") && excerpt.hasSuffix("€…"))
        #expect(excerpt.utf8.count <= 200 + 2 * "…".utf8.count)
        #expect(!excerpt.contains("\u{FFFD}"))
    }
}
