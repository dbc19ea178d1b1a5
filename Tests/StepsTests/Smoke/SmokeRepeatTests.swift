import Digest
import HTTP
import PipelineKit
import SmokeStep
import TestSupport
import Testing

@Suite struct SmokeRepeatTests {
    private func sha(_ text: String) -> String { SHA256.hash(text.utf8).description }

    @Test func equalAnswersPass() async throws {
        let clock = TestClock()
        let client = ScriptedClient([page: [.answer(200, ["ETag": "1"], "v1")]])
        let output = try await smoke(
            ["url": .text(page), "repeat": ["times": 4, "interval": "2s"]], client, clock: clock)
        #expect(output.passed == 1 && client.requests.count == 4)
        #expect(clock.sleeps == [.seconds(2), .seconds(2), .seconds(2)])
    }

    @Test func aMixOfTwoVersionsIsFound() async throws {
        let replies: [ScriptedClient.Reply] = [
            .answer(200, ["ETag": "1"], "it is v1"), .answer(200, ["ETag": "2"], "it is v2"),
            .answer(200, ["ETag": "1"], "it is v1"), .answer(200, ["ETag": "3"], "it is v1"),
        ]
        let failure = try await smokeFailure(["url": .text(page), "repeat": ["times": 4]], [page: replies])
        #expect(
            failure?.message == "http://site.test/: expected the same answer 4 times, got 3 different ones "
                + "(requests 1, 3: the ETag `1` and the SHA-256 \(sha("it is v1")) of `it is v1`; "
                + "request 2: the ETag `2` and the SHA-256 \(sha("it is v2")) of `it is v2`; "
                + "request 4: the ETag `3` and the SHA-256 \(sha("it is v1")))")
        #expect(failure?.retryClass == .failure)
    }

    @Test func aLongBodyIsShownWhereItDiffers() async throws {
        let filler = String(repeating: "x", count: 1_000)
        let replies = [filler + "old" + filler, filler + "new" + filler].map {
            ScriptedClient.Reply.answer(200, [:], $0)
        }
        let failure = try await smokeFailure(["url": .text(page), "repeat": ["times": 2]], [page: replies])
        #expect(failure?.message.contains("xold") == true && failure?.message.contains("xnew") == true)
    }

    @Test func manyDifferentAnswersAreCounted() async throws {
        let replies = (0..<6).map { ScriptedClient.Reply.answer(200, [:], "\($0)") }
        let failure = try await smokeFailure(["url": .text(page), "repeat": ["times": 6]], [page: replies])
        #expect(failure?.message.contains("got 6 different ones (request 1: ") == true)
        #expect(failure?.message.hasSuffix("; and 2 others)") == true)
    }

    @Test func aRepeatedRequestThatFailsIsNumbered() async throws {
        let failure = try await smokeFailure(
            ["url": .text(page), "repeat": ["times": 3], "contains": "v2"],
            [page: [.answer(200, [:], "v2"), .answer(200, [:], "v1")]])
        #expect(
            failure?.message
                == "http://site.test/: request 2 of 3: expected the body to contain `v2`, got `v1`")
    }
}
