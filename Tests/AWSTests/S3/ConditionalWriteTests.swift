import HTTP
import ObjectStorage
import PipelineKit
import TestSupport
import Testing

@testable import AWS

@Suite struct ConditionalWriteTests {
    private let ours = Array(#"{"owner":"nonce-1"}"#.utf8)
    private let theirs = #"{"owner":"nonce-2"}"#
    private let clock = TestClock()

    private var lost: ScriptedSender.Reply {
        get throws { .failure(try #require(throws: TransportError.self) { try HTTPURL("nowhere") }) }
    }

    private func stored(_ text: String, etag: String) -> ScriptedSender.Reply { .response(200, ["etag": etag], text) }

    private func put(_ condition: WriteCondition, _ replies: [ScriptedSender.Reply]) async throws -> (
        ConfirmedWrite, [String]
    ) {
        let sender = ScriptedSender(replies)
        let write = ConditionalWrite(client: S3Client(bucket: "b", sender: sender), clock: clock)
        return (try await write.put("lease.json", ours, if: condition), sender.operations)
    }

    @Test func aCleanWriteNeedsNoLook() async throws {
        let (result, calls) = try await put(.absent, [.response(200, ["etag": "\"1\""])])
        #expect(result == .written(etag: "\"1\"") && calls == ["PutObject"])
    }

    @Test func a412AfterALostReplyIsOurOwnSuccess() async throws {
        let text = String(decoding: ours, as: UTF8.self)
        let (result, calls) = try await put(
            .absent, [.refusal(412, "PreconditionFailed", mayHaveBeenApplied: true), stored(text, etag: "\"1\"")])
        #expect(result == .written(etag: "\"1\"") && calls == ["PutObject", "GetObject"])
    }

    @Test func a412AfterALostReplyMayBeSomebodyElses() async throws {
        let (result, _) = try await put(
            .absent, [.refusal(412, "PreconditionFailed", mayHaveBeenApplied: true), stored(theirs, etag: "\"2\"")])
        guard case .refused(let content) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(content?.bytes == Array(theirs.utf8) && content?.info.etag == "\"2\"")
    }

    /// A retry below this layer does not announce itself, but the object's bytes show it.
    @Test func a412WhoseCauseWasRepeatedUnseenIsOurOwnSuccess() async throws {
        let text = String(decoding: ours, as: UTF8.self)
        let (result, _) = try await put(.absent, [.refusal(412, "PreconditionFailed"), stored(text, etag: "\"1\"")])
        #expect(result == .written(etag: "\"1\""))
    }

    @Test func noReplyAtAllIsSettledByALook() async throws {
        let text = String(decoding: ours, as: UTF8.self)
        let (result, calls) = try await put(.etag("\"0\""), [lost, stored(text, etag: "\"1\"")])
        #expect(result == .written(etag: "\"1\"") && calls == ["PutObject", "GetObject"])
    }

    @Test func whatWasNotAppliedIsTriedAgain() async throws {
        let (result, calls) = try await put(
            .etag("\"0\""), [lost, stored(theirs, etag: "\"0\""), .response(200, ["etag": "\"1\""])])
        #expect(result == .written(etag: "\"1\"") && calls == ["PutObject", "GetObject", "PutObject"])
        #expect(clock.sleeps.count == 1)
    }

    @Test func aLateFirstTryIsStillRecognized() async throws {
        let text = String(decoding: ours, as: UTF8.self)
        let (result, _) = try await put(
            .absent,
            [lost, .refusal(404, "NoSuchKey"), .refusal(412, "PreconditionFailed"), stored(text, etag: "\"1\"")])
        #expect(result == .written(etag: "\"1\""))
    }

    @Test func a409IsTriedAgainAfterALook() async throws {
        let conflict = ScriptedSender.Reply.refusal(409, "ConditionalRequestConflict")
        let (result, calls) = try await put(
            .etag("\"0\""), [conflict, stored(theirs, etag: "\"0\""), .response(200, ["etag": "\"1\""])])
        #expect(result == .written(etag: "\"1\"") && calls == ["PutObject", "GetObject", "PutObject"])
        let (refused, _) = try await put(.etag("\"0\""), [conflict, stored(theirs, etag: "\"2\"")])
        guard case .refused = refused else {
            Issue.record("\(refused)")
            return
        }
    }

    @Test func anEndlessConflictIsAnError() async throws {
        let conflict = ScriptedSender.Reply.refusal(409, "ConditionalRequestConflict")
        let replies = (0..<5).flatMap { _ in [conflict, .refusal(404, "NoSuchKey")] }
        let error = await #expect(throws: S3Error.self) { try await put(.absent, replies) }
        #expect(error?.kind == .contended && error?.retryClass == .conflict)
    }

    @Test func anEndlessSilenceIsItsOwnError() async throws {
        let replies = try (0..<5).flatMap { _ in [try lost, .refusal(404, "NoSuchKey")] }
        await #expect(throws: TransportError.self) { try await put(.absent, replies) }
    }

    @Test func otherRefusalsAreErrorsAtOnce() async {
        await #expect(throws: AWSError.self) { try await put(.absent, [.refusal(403, "AccessDenied")]) }
    }
}
