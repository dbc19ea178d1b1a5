import Digest
import HTTP
import ObjectStorage
import PipelineKit
import Synchronization
import TestSupport
import Testing

@testable import AWS

/// A server that refuses a header refuses it once: the call is made without, and so is every later one.
@Suite struct DenialTests {
    /// One that nobody knows before.
    struct Server: Sendable, CustomTestStringConvertible {
        var name: String
        /// What it refuses: names of headers, or `ChecksumSHA256` in a body.
        var refuses: [String]
        var status = 400
        /// Nil for a reply without a body.
        var code: String? = "InvalidArgument"
        var learnt: @Sendable (inout StorageCapabilities) -> Void

        var testDescription: String { name }
    }

    private static let checksums = [
        "x-amz-checksum-sha256", "x-amz-checksum-algorithm", "x-amz-sdk-checksum-algorithm", "x-amz-checksum-mode",
        "ChecksumSHA256",
    ]

    static let servers = [
        Server(name: "tags of a copy", refuses: ["x-amz-tagging-directive"], status: 501, code: "NotImplemented") {
            $0.copies?.replacesTags = false
        },
        Server(name: "tags, as a 400", refuses: ["x-amz-tagging-directive"]) { $0.copies?.replacesTags = false },
        Server(name: "checksums", refuses: checksums) {
            // Its first refusal led to a look at what is there.
            ($0.keepsSHA256, $0.tellsSHA256) = (false, false)
        },
        Server(name: "checksums, by a code of its own", refuses: checksums, code: "UnsupportedHeader") {
            $0.keepsSHA256 = false
        },
        Server(name: "checksums, as a 501", refuses: checksums, status: 501, code: "NotImplemented") {
            ($0.keepsSHA256, $0.tellsSHA256) = (false, false)
        },
        Server(name: "checksums of a HEAD", refuses: ["x-amz-checksum-mode"], code: nil) { $0.tellsSHA256 = false },
        Server(name: "checksums of parts that are joined", refuses: ["ChecksumSHA256"], code: "MalformedXML") {
            $0.keepsSHA256 = false
        },
        Server(name: "the source's ETag", refuses: ["x-amz-copy-source-if-match"], status: 501) {
            $0.copies?.checksSource = false
        },
        Server(name: "conditions", refuses: ["if-none-match"], status: 501) {
            ($0.conditionalPut, $0.conditionalCopy, $0.conditionalJoin) = ([], [], [])
        },
        Server(
            name: "everything",
            refuses: checksums + ["x-amz-tagging-directive", "x-amz-copy-source-if-match", "if-none-match"]
        ) {
            ($0.conditionalPut, $0.conditionalCopy, $0.conditionalJoin) = ([], [], [])
            ($0.keepsSHA256, $0.tellsSHA256) = (false, false)
            $0.copies?.replacesTags = false
            $0.copies?.checksSource = false
        },
    ]

    @Test(arguments: servers) func aRefusedHeaderIsLeftOut(_ server: Server) async throws {
        let sender = PickySender(server)
        let client = S3Client(bucket: "b", sender: sender)
        try await useEverything(client)
        var expected = StorageCapabilities()
        server.learnt(&expected)
        #expect(client.capabilities == expected)
        #expect(sender.refused > 0)
        // From now on nothing of it is sent.
        sender.forget()
        try await useEverything(client)
        #expect(sender.refused == 0)
        #expect(
            Set(sender.accepted) == [
                "PutObject", "CopyObject", "HeadObject", "CreateMultipartUpload", "UploadPart",
                "CompleteMultipartUpload",
                "DeleteObjects",
            ])
    }

    /// A refusal that has another cause comes through, and nothing is learnt from it.
    @Test(arguments: ["InvalidArgument", "BadDigest", "ExpiredToken", "AccessDenied"])
    func aRefusalForAnotherReasonTeachesNothing(code: String) async throws {
        let server = Server(
            name: "", refuses: ["x-amz-acl"], status: code == "AccessDenied" ? 403 : 400, code: code
        ) { _ in }
        let sender = PickySender(server)
        let client = S3Client(bucket: "b", sender: sender)
        let error = await #expect(throws: AWSError.self) {
            _ = try await client.put(
                "k", .empty, sha256: SHA256.hash([]), headers: ObjectHeaders(others: ["x-amz-acl": "public-read"]),
                ifKnown: .absent)
        }
        #expect(error?.serviceCode == code)
        #expect(client.capabilities == StorageCapabilities())
        // Without the condition, without the checksum, without both: only if the code may mean that.
        #expect(sender.refused == (code == "InvalidArgument" ? 4 : 1))
    }

    /// Nothing was written, so it is not known which header was refused.
    @Test func aConditionThatIsFalseTeachesNothing() async throws {
        let sender = PickySender(
            Server(name: "", refuses: ["x-amz-checksum-sha256"], code: "InvalidArgument") { _ in }, hasObject: true)
        let client = S3Client(bucket: "b", sender: sender)
        let outcome = try await client.put("k", .empty, sha256: SHA256.hash([]), ifKnown: .absent)
        #expect(outcome == .conditionFalse)
        #expect(client.capabilities.conditionalPut == .all)
    }

    private func useEverything(_ client: S3Client) async throws {
        let digest = SHA256.hash([])
        guard case .written = try await client.put("k", .empty, sha256: digest, ifKnown: .absent) else {
            throw StepError("not-written", "nothing was written")
        }
        let copied = try await client.copyObject(
            from: "a", ifMatch: PickySender.etag, to: "k", headers: ObjectHeaders(contentType: "text/css"), if: .absent)
        #expect(copied == .copied(etag: PickySender.etag))
        _ = try await client.headObject("a")
        _ = try await client.putInParts(
            "k", try #require(PartPlan(size: 3, partSize: 5 << 20)), headers: ObjectHeaders(), if: .absent,
            clock: TestClock()
        ) { _ in (.bytes([1, 2, 3]), digest) }
        try await client.deleteObjects(["k"])
    }
}

/// Refuses calls that have what it does not know, and does as told otherwise. The key `k` is not there unless it says so.
private final class PickySender: AWSSender {
    static let etag = "\"e\""

    private let server: DenialTests.Server
    private let hasObject: Bool
    private let state = Mutex((refused: 0, accepted: [String]()))

    init(_ server: DenialTests.Server, hasObject: Bool = false) {
        (self.server, self.hasObject) = (server, hasObject)
    }

    var refused: Int { state.withLock(\.refused) }
    var accepted: [String] { state.withLock(\.accepted) }
    func forget() { state.withLock { $0 = (0, []) } }

    func send(_ request: AWSRequest) async throws -> HTTPResponse {
        if server.refuses.contains(where: { request.headers[$0] != nil || request.bodyText.contains($0) }) {
            state.withLock { $0.refused += 1 }
            throw AWSError(
                status: server.status, serviceCode: server.code ?? "BadRequest", service: .s3,
                operation: request.operation, resource: request.resource)
        }
        state.withLock { $0.accepted.append(request.operation) }
        request.onAttempt?(1)
        let isMissing = request.operation == "HeadObject" && request.path == "k" && !hasObject
        let text =
            switch request.operation {
            case "CopyObject": "<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>"
            case "CreateMultipartUpload":
                "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
            case "CompleteMultipartUpload":
                "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"
            case "DeleteObjects": "<DeleteResult/>"
            default: ""
            }
        let response = HTTPResponse(
            status: isMissing ? 404 : 200, headers: ["etag": Self.etag, "content-length": "0"], body: Array(text.utf8),
            effectiveURL: "", timings: .init(firstByte: .zero, total: .zero))
        try request.check?(response)
        return response
    }
}
