import HTTP
import PipelineKit
import SmokeStep
import TestSupport
import Testing

@Suite struct SmokeRetryTests {
    private func failure(_ replies: ScriptedClient.Reply..., status: Value = 200) async throws -> SmokeFailure? {
        let names = replies.indices.map { "\($0)" }
        return try await smokeFailure(
            ["url": .text(page), "checks": .list(names.map { ["url": .text("/" + $0), "status": status] })],
            Dictionary(uniqueKeysWithValues: zip(names.map { page + $0 }, replies.map { [$0] })))
    }

    @Test(arguments: [
        (TransportError.Kind.connect, RetryClass.network), (.dns, .network), (.reset, .network),
        (.timeout, .timeout), (.certificate, .failure),
    ])
    func noAnswerHasTheClassOfItsCause(kind: TransportError.Kind, expected: RetryClass) async throws {
        let failure = try await failure(.failure(kind, "the wire is cut"))
        #expect(failure?.message == "http://site.test/0: no answer: the wire is cut")
        #expect(failure?.code == "smoke-failed" && failure?.retryClass == expected)
    }

    @Test(arguments: [
        (429, "7", Duration.seconds(7)), (503, "0", .zero), (503, "Thu, 01 Jan 2026 00:01:30 GMT", .seconds(90)),
        (503, "Wed, 31 Dec 2025 00:00:00 GMT", .zero), (503, "99999999999999999999", .seconds(3_600)),
        (429, "Fri, 01 Jan 2027 00:00:00 GMT", .seconds(3_600)), (429, "soon", nil), (429, "-1", nil), (429, nil, nil),
        (503, "Thursday, 01 Jan 2026 00:01:30 GMT", nil), (503, "Thu, 01 Jan 2026 00:01:30x GMT", nil),
    ])
    func aServerThatAsksForTimeGetsIt(status: Int, header: String?, delay: Duration?) async throws {
        let headers = header.map { HTTPHeaders([.init("Retry-After", $0)]) } ?? [:]
        let failure = try #require(try await failure(.answer(status, headers)))
        #expect(failure.retryClass == .throttle && failure.retryAfter == delay)
        #expect(failure.message == "http://site.test/0: expected status 200, got \(status)")
    }

    @Test func aStatusThatWasExpectedIsNoThrottle() async throws {
        #expect(try await failure(.answer(503, ["Retry-After": "7"]), status: 503) == nil)
        #expect(try await failure(.answer(500, ["Retry-After": "7"]))?.retryAfter == nil)
    }

    @Test func oneUnexpectedAnswerDecidesForAll() async throws {
        let timeout = ScriptedClient.Reply.failure(.timeout, "slow")
        let reset = ScriptedClient.Reply.failure(.reset, "cut")
        #expect(try await failure(reset, timeout)?.retryClass == .timeout)
        #expect(try await failure(reset, .answer(429, ["Retry-After": "3"]))?.retryClass == .throttle)
        #expect(try await failure(reset, .answer(429, ["Retry-After": "3"]))?.retryAfter == .seconds(3))
        #expect(try await failure(reset, timeout, .answer(404))?.retryClass == .failure)
    }
}
