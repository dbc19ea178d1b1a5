import Digest
import HTTP
import ObjectStorage
import PipelineKit
import Testing

@testable import AWS

/// Objects of any size that are written if a condition holds, on servers that know conditions and on others.
@Suite struct ConditionalObjectTests {
    private static let copied = ScriptedSender.Reply.response(
        200, [:], "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>")
    private static let stored = ScriptedSender.Reply.response(200, ["etag": "\"e\""])
    private let digest = SHA256.hash([])

    private func client(_ replies: ScriptedSender.Reply...) -> (S3Client, ScriptedSender) {
        let sender = ScriptedSender(replies)
        return (S3Client(bucket: "b", sender: sender), sender)
    }

    @Test(arguments: [
        (412, "PreconditionFailed", WriteOutcome.conditionFalse), (409, "ConditionalRequestConflict", .contended),
    ])
    func aFalseConditionIsAnAnswer(_ status: Int, _ code: String, _ outcome: WriteOutcome) async throws {
        let (client, sender) = client(.refusal(status, code), .refusal(status, code))
        #expect(try await client.put("k", .empty, sha256: digest, ifKnown: .absent) == outcome)
        let copy = try await client.copyObject(from: "a", to: "k", if: .absent)
        #expect(copy == (outcome == .contended ? .contended : .conditionFalse))
        #expect(sender.calls.map { $0.headers["if-none-match"] } == ["*", "*"])
    }

    /// A 412 does not say which of two conditions is false.
    @Test(arguments: [("\"s\"", CopyOutcome.conditionFalse), ("\"t\"", .sourceChanged), ("", .sourceMissing)])
    func aLookAtTheSourceTellsWhichConditionIsFalse(_ etag: String, _ outcome: CopyOutcome) async throws {
        let look = ScriptedSender.Reply.response(etag.isEmpty ? 404 : 200, ["etag": etag, "content-length": "1"])
        let (client, sender) = client(.refusal(412, "PreconditionFailed"), look)
        #expect(try await client.copyObject(from: "a", ifMatch: "\"s\"", to: "k", if: .absent) == outcome)
        #expect(sender.operations == ["CopyObject", "HeadObject"] && sender.calls[1].path == "a")
    }

    @Test(arguments: [
        (501, "NotImplemented"), (400, "NotImplemented"), (400, "InvalidRequest"), (400, "InvalidArgument"),
    ])
    func aServerWithoutConditionsIsAskedOnce(_ status: Int, _ code: String) async throws {
        let absent = ScriptedSender.Reply.response(404)
        let (client, sender) = client(
            .refusal(status, code), absent, Self.stored, absent, Self.stored, .refusal(status, code), Self.copied,
            Self.copied)
        for _ in 1...2 {
            #expect(try await client.put("k", .empty, sha256: digest, ifKnown: .absent) == .written(etag: "\"e\""))
        }
        for _ in 1...2 {
            #expect(try await client.copyObject(from: "a", to: "k", if: .etag("\"x\"")) == .copied(etag: "e"))
        }
        #expect(
            sender.operations == ["PutObject", "HeadObject", "PutObject", "HeadObject", "PutObject"]
                + ["CopyObject", "CopyObject", "CopyObject"])
        #expect(sender.calls.filter { $0.headers["if-none-match"] != nil }.count == 1)
        #expect(sender.calls.filter { $0.headers["if-match"] != nil }.count == 1)
    }

    /// If the server cannot decide, a HEAD request must do.
    @Test func aServerWithoutConditionsIsLookedAt() async throws {
        let there = ScriptedSender.Reply.response(200, ["etag": "\"t\"", "content-length": "1"])
        let refusal = ScriptedSender.Reply.refusal(501, "NotImplemented")
        let (client, sender) = client(refusal, there, refusal, there, Self.stored, there, Self.stored)
        // Nothing was written: what has been refused is not known yet.
        #expect(try await client.put("k", .empty, sha256: digest, ifKnown: .absent) == .conditionFalse)
        for _ in 1...2 {
            #expect(try await client.put("k", .empty, sha256: digest, ifKnown: .etag("t")) == .written(etag: "\"e\""))
        }
        #expect(
            sender.operations == [
                "PutObject", "HeadObject", "PutObject", "HeadObject", "PutObject", "HeadObject", "PutObject",
            ])
    }

    /// The first refusal may have had another cause.
    @Test func aServerIsNotTakenForOneWithoutConditionsTooSoon() async throws {
        // Without the condition, without the checksum, and without both.
        let refusals: [ScriptedSender.Reply] = [
            .refusal(400, "InvalidRequest"), .response(404), .refusal(400, "InvalidRequest"),
        ]
        let sender = ScriptedSender(refusals + refusals + [Self.stored])
        let client = S3Client(bucket: "b", sender: sender)
        await #expect(throws: AWSError.self) {
            try await client.put("k", .empty, sha256: digest, ifKnown: .absent)
        }
        #expect(try await client.put("k", .empty, sha256: digest, ifKnown: .absent) == .written(etag: "\"e\""))
        #expect(sender.calls.map { $0.headers["if-none-match"] } == ["*", nil, nil, "*", nil, nil, "*"])
    }

    @Test(arguments: [
        ("\"a\"", "a", true), ("W/\"a\"", "\"a\"", true), ("\"a-2\"", "\"a-2\"", true), ("\"a\"", "\"b\"", false),
        ("\"a\"", "", false),
    ])
    func anETagIsTheSameWithQuotesAndWithout(_ left: String, _ right: String, _ areSame: Bool) {
        #expect(ETag.areSame(left, right) == areSame)
    }

    @Test func headersAreComparedAsFarAsAReplyShowsThem() async throws {
        let wanted = ObjectHeaders(
            contentType: "text/css", cacheControl: "no-cache",
            others: ["x-amz-storage-class": "STANDARD_IA", "content-language": "de"])
        var reply = wanted
        reply.others = ["content-language": "de"]
        #expect(wanted.agree(withReply: reply))
        reply.others = [:]
        #expect(!wanted.agree(withReply: reply))
        reply = ObjectHeaders(
            contentType: "text/css", cacheControl: "max-age=1", others: ["content-language": "de"])
        #expect(!wanted.agree(withReply: reply))
    }
}
