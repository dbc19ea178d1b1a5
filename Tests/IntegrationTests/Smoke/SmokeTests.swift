import Digest
import HTTP
import PipelineKit
import Releases
import SmokeStep
import SystemPackage
import TestSupport
import Testing

/// The step with the real transport against nginx.
@Suite(.serialized) struct SmokeTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("<html>hello, world</html>", to: "www/index.html")
        try folder.write("plain text", to: "www/a.txt")
        try folder.write("plain text".utf8.gzipped, to: "www/a.txt.gz")
        try folder.write(#"{"version": "v1"}"#, to: "www/version.json")
    }

    /// Runs the step; each `url` of the fields may be a path, which gets the server's address.
    private func smoke(
        server: String = "", http: String = "", _ fields: @Sendable (NginxServer) -> [String: Value]
    ) async throws -> Smoke.Output {
        try await NginxServer.run(in: folder.path, root: folder["www"], server: server, http: http) { server in
            try await smoke(fields(server))
        }
    }

    private func smoke(_ fields: [String: Value]) async throws -> Smoke.Output {
        let transport = Transport(eventLoops: 1)
        var context = StepContext.test(folder: folder["run"], project: folder.path, clock: SystemClock())
        context[HTTPKey.self] = transport
        let result: Result<Smoke.Output, any Error>
        do {
            result = .success(try await Smoke(.test(fields)).run(in: context))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        return try result.get()
    }

    private func failure(
        server: String = "", http: String = "", _ fields: @Sendable (NginxServer) -> [String: Value]
    ) async throws -> SmokeFailure {
        try #require(
            await #expect(throws: SmokeFailure.self) { try await smoke(server: server, http: http, fields) })
    }

    @Test func aSiteThatIsAsExpectedPasses() async throws {
        let output = try await smoke(
            server: "gzip_static on; location = /old { return 301 /a.txt; } location = /gone { return 410; }"
        ) { server in
            [
                "url": .text(server.url()),
                "checks": [
                    ["url": "/", "contains": "hello, world", "headers": ["content-type": "text/html"]],
                    ["url": "/", "method": "HEAD", "headers": ["content-length": "25", "etag": "/^\"[0-9a-f-]+\"$/"]],
                    ["url": "/version.json", "json": ["version": "v1"]],
                    ["url": "/a.txt", "sha256": .text(SHA256.hash("plain text".utf8).description)],
                    ["url": "/a.txt", "matches": "^plain\\s\\w+$", "repeat": ["times": 10]],
                    ["url": "/old", "status": 301, "headers": ["location": .text(server.url("/a.txt"))]],
                    ["url": "/old", "redirects": 1, "contains": "plain text"],
                    ["url": "/missing", "status": 404], ["url": "/gone", "status": ["404", "410"]],
                    [
                        "url": .text("http://site.test:\(server.port)/a.txt"), "contains": "plain",
                        "resolve": .text("site.test:\(server.port):127.0.0.1"),
                    ],
                ],
            ]
        }
        #expect(output.passed == 10)
    }

    @Test func whatIsWrongIsToldWithALineThatRepeatsIt() async throws {
        let failure = try await failure(server: "location = /old { return 302 /a.txt; }") { server in
            [
                "url": .text(server.url()),
                "checks": [
                    ["url": "/old"], ["url": "/", "contains": "hello, moon"], ["url": "/missing"], ["url": "/a.txt"],
                ],
            ]
        }
        #expect(failure.message.hasPrefix("3 of 4 checks failed:\nhttp://127.0.0.1:"))
        let parts = failure.message.split(separator: "\n").dropFirst().map(String.init)
        try #require(parts.count == 3)
        #expect(parts[0].contains("/old: expected status 200, got 302 to `http://127.0.0.1:"))
        #expect(
            parts[1].hasSuffix("/: expected the body to contain `hello, moon`, got `<html>hello, world</html>`"))
        #expect(parts[2].contains("/missing: expected status 200, got 404 with `<html> <head><title>404 Not Found"))
        #expect(failure.help?.split(separator: "\n").count == 4)
    }

    @Test func twoServersThatDifferBehindOneNameAreFound() async throws {
        try folder.write("v1", to: "one/index.html")
        try folder.write("v2", to: "two/index.html")
        let (one, two) = (folder["one.sock"], folder["two.sock"])
        let failure = try await failure(
            server: "location / { proxy_pass http://both; }",
            http: """
                upstream both { server unix:\(one); server unix:\(two); }
                server { listen unix:\(one); root \(folder["one"]); }
                server { listen unix:\(two); root \(folder["two"]); }
                """
        ) { ["url": .text($0.url()), "repeat": ["times": 4]] }
        #expect(failure.message.contains("expected the same answer 4 times, got 2 different ones (requests 1, 3: "))
        #expect(failure.message.contains(" of `v1`; requests 2, 4: the ETag "))
    }

    @Test func aBodyThatStallsIsATimeout() async throws {
        try folder.write(String(repeating: "x", count: 2_000), to: "www/slow.txt")
        let failure = try await failure(server: "location = /slow.txt { limit_rate 1; }") { server in
            ["url": .text(server.url("/slow.txt")), "timeout": "200ms"]
        }
        #expect(failure.retryClass == .timeout && failure.code == "smoke-failed")
        #expect(failure.message.contains("/slow.txt: no answer: no complete reply from 127.0.0.1 within 0.2 seconds"))
    }

    @Test func nobodyWhoListensIsOfTheNetwork() async throws {
        let port = try await NginxServer.run(in: folder.path, root: folder["www"]) { $0.port }
        let error = await #expect(throws: SmokeFailure.self) {
            try await smoke(["url": .text("http://127.0.0.1:\(port)/")])
        }
        #expect(error?.retryClass == .network)
        #expect(error?.message.contains("no answer: no connection to 127.0.0.1 port \(port)") == true)
    }

    @Test func aServerThatIsBusyIsAskedLater() async throws {
        let failure = try await failure(
            server: "location = /busy { add_header Retry-After 12 always; return 503; }"
        ) { ["url": .text($0.url("/busy"))] }
        #expect(failure.retryClass == .throttle && failure.retryAfter == .seconds(12))
    }

    /// As S3 and CloudFront do with a file that is stored compressed, whatever the request accepts.
    private static let toEverybody = "gzip_static always;"

    @Test func whatIsSentCompressedToEverybodyIsReadAsThePageItself() async throws {
        let json = #"{"version": "v1"}"#
        try folder.write("<html>hello, world</html>".utf8.gzipped, to: "www/index.html.gz")
        try folder.write(json.utf8.gzipped, to: "www/version.json.gz")
        let output = try await smoke(server: Self.toEverybody) { server in
            [
                "url": .text(server.url()),
                "checks": [
                    ["url": "/", "contains": "world</html>", "headers": ["content-encoding": "gzip"]],
                    ["url": "/", "not-contains": "moon", "request-headers": ["accept-encoding": "identity"]],
                    ["url": "/", "matches": "^<html>hello"], ["url": "/version.json", "json": ["version": "v1"]],
                    ["url": "/version.json", "sha256": .text(SHA256.hash(json.utf8).description)],
                ],
            ]
        }
        #expect(output.passed == 5)
        let failure = try await failure(server: Self.toEverybody) { server in
            ["url": .text(server.url()), "not-contains": "hello"]
        }
        #expect(
            failure.message.hasSuffix("expected the body not to contain `hello`, got `<html>hello, world</html>`"))
        // Typed without it, curl would show the compressed bytes.
        #expect(failure.help?.hasPrefix("to reproduce:\ncurl -sSi --max-time 10 --compressed http://") == true)
    }

    @Test func anEncodingThatNobodyKnowsIsLeftAlone() async throws {
        let failure = try await failure(server: "add_header Content-Encoding aws-chunked;") { server in
            [
                "url": .text(server.url()),
                "checks": [["url": "/", "contains": "hello, world"], ["url": "/", "contains": "hello, moon"]],
            ]
        }
        #expect(failure.message.hasPrefix("1 of 2 checks failed:\n"))
        #expect(failure.message.hasSuffix("contain `hello, moon`, got `<html>hello, world</html>`"))
        #expect(failure.help?.contains(" -H 'accept-encoding: gzip, deflate, br' http://") == true)
    }

    @Test func aCompressedAnswerIsReadWhereItIsAskedFor() async throws {
        let output = try await smoke(server: "gzip on; gzip_min_length 1; gzip_types text/plain;") { server in
            [
                "url": .text(server.url("/a.txt")), "request-headers": ["accept-encoding": "gzip"],
                "headers": ["content-encoding": "gzip"], "contains": "plain text",
            ]
        }
        #expect(output.passed == 1)
    }
}
