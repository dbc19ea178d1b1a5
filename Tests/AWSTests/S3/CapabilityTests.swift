import Digest
import HTTP
import ObjectStorage
import PipelineKit
import TestSupport
import Testing

@testable import AWS

/// A server that lacks something is another value, and its calls follow from that.
@Suite struct CapabilityTests {
    private let digest = SHA256.hash([])
    private static let stored = ScriptedSender.Reply.response(200, ["etag": "\"e\""])
    private static let absent = ScriptedSender.Reply.response(404)
    private static let copied = ScriptedSender.Reply.response(
        200, [:], "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>")

    private func client(
        _ replies: [ScriptedSender.Reply], _ change: (inout StorageCapabilities) -> Void
    ) -> (S3Client, ScriptedSender) {
        let sender = ScriptedSender(replies)
        var capabilities = StorageCapabilities()
        change(&capabilities)
        return (S3Client(bucket: "b", sender: sender, capabilities: LearntCapabilities(capabilities)), sender)
    }

    @Test(arguments: [true, false]) func everyCallHasAChecksumOrNone(_ keepsSHA256: Bool) async throws {
        let replies: [ScriptedSender.Reply] = [
            Self.stored, Self.copied, Self.absent, .response(200, [:], "<DeleteResult/>"),
            .response(
                200, [:], "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"),
            Self.stored,
            .response(
                200, [:], "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"),
        ]
        let (client, sender) = client(replies) { $0.keepsSHA256 = keepsSHA256 }
        _ = try await client.put("k", .empty, sha256: digest, ifKnown: nil)
        _ = try await client.copyObject(from: "a", to: "k")
        _ = try await client.headObject("k")
        try await client.deleteObjects(["k"])
        let digest = digest
        _ = try await client.putInParts(
            "k", try #require(PartPlan(size: 3, partSize: 5 << 20)), headers: ObjectHeaders(), if: nil,
            clock: TestClock()
        ) { _ in (.bytes([1, 2, 3]), digest) }
        #expect(
            sender.operations == [
                "PutObject", "CopyObject", "HeadObject", "DeleteObjects", "CreateMultipartUpload", "UploadPart",
                "CompleteMultipartUpload",
            ])
        let withChecksum = sender.calls.filter { call in
            call.headers.fields.contains { $0.name.contains("checksum") } || call.bodyText.contains("Checksum")
        }
        #expect(withChecksum.count == (keepsSHA256 ? 7 : 0), "\(withChecksum.map(\.operation))")
        // The body is signed with its digest in any case.
        #expect(sender.calls[0].payload == .sha256(digest))
    }

    @Test func aConditionThatIsNotTakenIsLookedAt() async throws {
        let there = ScriptedSender.Reply.response(200, ["etag": "\"t\"", "content-length": "1"])
        let (client, sender) = client([Self.stored, there, there, Self.stored]) { $0.conditionalPut = .absent }
        #expect(try await client.put("k", .empty, sha256: digest, ifKnown: .absent) == .written(etag: "\"e\""))
        #expect(try await client.put("k", .empty, sha256: digest, ifKnown: .etag("\"x\"")) == .conditionFalse)
        #expect(try await client.put("k", .empty, sha256: digest, ifKnown: .etag("\"t\"")) == .written(etag: "\"e\""))
        #expect(sender.operations == ["PutObject", "HeadObject", "HeadObject", "PutObject"])
        #expect(sender.calls.map { $0.headers["if-none-match"] } == ["*", nil, nil, nil])
        #expect(sender.calls.allSatisfy { $0.headers["if-match"] == nil })
    }

    @Test func manyKeysGoAsTheyAreTaken() async throws {
        let deleted = ScriptedSender.Reply.response(200, [:], "<DeleteResult/>")
        let (two, twos) = client([deleted, deleted]) { $0.deletion = .batches(of: 2) }
        try await two.deleteObjects(["a", "b", "c"])
        #expect(twos.operations == ["DeleteObjects", "DeleteObjects"])
        let (one, ones) = client([.response(204), .response(204)]) { $0.deletion = .oneByOne }
        try await one.deleteObjects(["a", "b"])
        #expect(ones.operations == ["DeleteObject", "DeleteObject"])
    }

    @Test(arguments: [true, false]) func aCopyIsToldItsTagsIfThatIsTaken(_ replacesTags: Bool) async throws {
        let (client, sender) = client([Self.copied]) { $0.copies?.replacesTags = replacesTags }
        _ = try await client.copyObject(from: "a", to: "k", headers: ObjectHeaders(contentType: "text/css"))
        #expect(sender.calls[0].headers["x-amz-tagging-directive"] == (replacesTags ? "REPLACE" : nil))
        #expect(sender.calls[0].headers["x-amz-metadata-directive"] == "REPLACE")
    }

    @Test func whatIsKnownBeforeComesFromTheEndpoint() throws {
        let (own, named) = (S3Server(at: nil), S3Server(at: try HTTPURL("https://s3.example.org")))
        #expect(own.capabilities == StorageCapabilities() && own.capabilities.addressing == .virtualHost)
        var expected = StorageCapabilities()
        expected.addressing = .path
        #expect(named.capabilities == expected)
    }

    @Test(arguments: [
        ("https://0a1b.r2.cloudflarestorage.com", S3Server.cloudflare),
        ("https://0a1b.eu.r2.cloudflarestorage.com", .cloudflare),
        ("https://s3.us-west-004.backblazeb2.com", .backblaze),
        ("https://oss-cn-hangzhou.aliyuncs.com", .alibaba), ("https://cos.ap-guangzhou.myqcloud.com", .tencent),
        ("https://notbackblazeb2.com", .named), ("https://backblazeb2.com.example.org", .named),
        ("https://nyc3.digitaloceanspaces.com", .named), ("https://storage.googleapis.com", .named),
    ]) func aServerIsKnownByItsHost(url: String, server: S3Server) throws {
        #expect(try S3Server(at: HTTPURL(url)) == server)
    }

    @Test func whatAKnownServerLacksIsNotAskedFor() {
        #expect(S3Server.cloudflare.capabilities.copies?.replacesTags == false)
        #expect(!S3Server.backblaze.capabilities.keepsSHA256)
        #expect(S3Server.alibaba.capabilities.addressing == .virtualHost)
        #expect(S3Server.tencent.capabilities.addressing == .virtualHost)
    }

    /// What one bucket's calls have taught counts for every client of the same server.
    @Test func whatWasLearntIsAValue() async throws {
        let (client, _) = client([.refusal(501, "NotImplemented"), Self.absent, Self.stored]) { _ in }
        #expect(client.capabilities == StorageCapabilities())
        _ = try await client.put("k", .empty, sha256: digest, ifKnown: .absent)
        var expected = StorageCapabilities()
        expected.conditionalPut = []
        #expect(client.capabilities == expected)
        #expect(client.reportingRetries { _ in }.capabilities == expected)
    }
}
