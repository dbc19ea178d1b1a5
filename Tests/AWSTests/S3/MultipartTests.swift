import Digest
import HTTP
import ObjectStorage
import PipelineKit
import Synchronization
import TestSupport
import Testing
import TextCoding

@testable import AWS

@Suite struct MultipartTests {
    static let created = ScriptedSender.Reply.response(
        200, [:], "<InitiateMultipartUploadResult><UploadId>u+1</UploadId></InitiateMultipartUploadResult>")
    static let part = ScriptedSender.Reply.response(200, ["etag": "\"p\""])
    static let completed = ScriptedSender.Reply.response(
        200, [:], "<CompleteMultipartUploadResult><ETag>\"e-2\"</ETag></CompleteMultipartUploadResult>")
    static let aborted = [ScriptedSender.Reply.response(204), .refusal(404, "NoSuchUpload")]

    private let clock = TestClock()
    private let digest = SHA256.hash("part".utf8)

    private func upload(_ sender: ScriptedSender, size: Int = 6 << 20) throws -> MultipartUpload {
        MultipartUpload(
            client: S3Client(bucket: "b", sender: sender), key: "big", headers: ObjectHeaders(contentType: "video/mp4"),
            plan: try #require(PartPlan(size: size, partSize: 5 << 20)), concurrency: 1, clock: clock)
    }

    private func run(
        _ replies: [ScriptedSender.Reply], if condition: WriteCondition? = nil
    ) async throws -> (outcome: WriteOutcome, sender: ScriptedSender) {
        let sender = ScriptedSender(replies)
        let digest = digest
        var upload = try upload(sender)
        upload.condition = condition
        return (try await upload.run { _ in (.bytes([1]), digest) }, sender)
    }

    @Test(arguments: [
        PlanCase(size: 1, partSize: 5, ends: [1]),
        PlanCase(size: 5 * mebibyte, partSize: 5 * mebibyte, ends: [5 * mebibyte]),
        PlanCase(size: 5 * mebibyte + 1, partSize: 1, ends: [5 * mebibyte, 5 * mebibyte + 1]),
        PlanCase(size: 40 * mebibyte, partSize: 16 * mebibyte, ends: [16 * mebibyte, 32 * mebibyte, 40 * mebibyte]),
    ])
    func cutsIntoParts(_ example: PlanCase) throws {
        let plan = try #require(PartPlan(size: example.size, partSize: example.partSize))
        let ranges = (1...plan.count).map(plan.range)
        #expect(ranges.map(\.upperBound) == example.ends)
        #expect(ranges.map(\.lowerBound) == [0] + example.ends.dropLast())
    }

    struct PlanCase: Sendable {
        var size: Int
        var partSize: Int
        var ends: [Int]
    }

    private static let mebibyte = 1 << 20

    @Test func neverCutsIntoMorePartsThanS3Takes() throws {
        let size = 1 << 40
        let plan = try #require(PartPlan(size: size, partSize: 8 << 20))
        #expect(plan.count <= 10_000 && plan.range(of: plan.count).upperBound == size)
        #expect(PartPlan(size: 60 << 40, partSize: 8 << 20) == nil)
        #expect(PartPlan(size: 0, partSize: 8 << 20) == nil)
    }

    @Test func sendsPartsAndJoinsThem() async throws {
        let (outcome, sender) = try await run([Self.created, Self.part, Self.part, Self.completed])
        #expect(outcome == .written(etag: "\"e-2\""))
        #expect(sender.operations == ["CreateMultipartUpload", "UploadPart", "UploadPart", "CompleteMultipartUpload"])
        let calls = sender.calls
        #expect(calls[0].query("uploads") == "" && calls[0].headers["content-type"] == "video/mp4")
        #expect(calls[0].headers["x-amz-checksum-algorithm"] == "SHA256")
        #expect(calls[1].query("partNumber") == "1" && calls[1].query("uploadId") == "u+1")
        #expect(calls[1].headers["x-amz-checksum-sha256"] == Base64.encode(digest.bytes))
        let body = try XMLTree(Array(calls[3].bodyText.utf8)).root
        let parts = body.children("Part").map { [$0.text("PartNumber"), $0.text("ETag"), $0.text("ChecksumSHA256")] }
        let checksum = Base64.encode(digest.bytes)
        #expect(parts == [["1", "\"p\"", checksum], ["2", "\"p\"", checksum]])
        #expect(calls[3].mayFailInBody)
    }

    @Test func aFailedPartAbortsTheUpload() async throws {
        let sender = ScriptedSender([Self.created, Self.part, .refusal(403, "AccessDenied")] + Self.aborted)
        let digest = digest
        await #expect(throws: AWSError.self) { try await upload(sender).run { _ in (.bytes([1]), digest) } }
        #expect(sender.operations.suffix(2) == ["AbortMultipartUpload", "ListParts"])
    }

    @Test func aCancelledUploadIsAbortedAsWell() async throws {
        let sender = ScriptedSender([Self.created] + Self.aborted)
        let upload = try upload(sender)
        let task = Task {
            try await upload.run { _ in
                withUnsafeCurrentTask { $0?.cancel() }
                try Task.checkCancellation()
                throw CancellationError()
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(sender.operations == ["CreateMultipartUpload", "AbortMultipartUpload", "ListParts"])
    }

    @Test func a409StartsTheUploadAnew() async throws {
        let conflict = ScriptedSender.Reply.refusal(409, "ConditionalRequestConflict")
        let (outcome, sender) = try await run(
            [Self.created, Self.part, Self.part, conflict] + Self.aborted
                + [Self.created, Self.part, Self.part, Self.completed])
        #expect(outcome == .written(etag: "\"e-2\""))
        #expect(sender.operations.filter { $0 == "CreateMultipartUpload" }.count == 2)
    }

    /// The object is there already, with our parts or with other bytes.
    @Test(arguments: [true, false])
    func aConditionDecidesWhenThePartsAreJoined(_ isOwn: Bool) async throws {
        let checksum = isOwn ? Self.checksum(of: [digest, digest]) : "other-2"
        let object: HTTPHeaders = [
            "content-length": String(6 << 20), "etag": "\"there\"", "x-amz-checksum-sha256": checksum,
        ]
        let refusal = ScriptedSender.Reply.refusal(412, "PreconditionFailed")
        let (outcome, sender) = try await run(
            [Self.created, Self.part, Self.part, refusal, .response(200, object)] + Self.aborted, if: .absent)
        #expect(outcome == (isOwn ? .written(etag: "\"there\"") : .conditionFalse))
        #expect(sender.calls[3].headers["if-none-match"] == "*")
        #expect(sender.operations.contains("AbortMultipartUpload") == !isOwn)
    }

    @Test func aServerWithoutConditionsJoinsThePartsAllTheSame() async throws {
        let denial = ScriptedSender.Reply.refusal(501, "NotImplemented")
        let (outcome, sender) = try await run(
            [
                Self.created, Self.part, Self.part, denial,
                .response(200, ["etag": "\"x\"", "content-length": "1"]), Self.completed,
            ], if: .etag("\"x\""))
        #expect(outcome == .written(etag: "\"e-2\""))
        #expect(sender.operations[4] == "HeadObject")
        #expect(sender.calls[3].headers["if-match"] == "\"x\"" && sender.calls[5].headers["if-match"] == nil)
    }

    private static func checksum(of digests: [SHA256Digest]) -> String {
        SentPart.compositeChecksum(
            digests.enumerated().map { index, digest in
                SentPart(
                    part: UploadedPart(number: index + 1, etag: "", checksumSHA256: "", size: 0), digest: digest)
            })
    }

    @Test func anEndlessConflictIsAnError() async throws {
        let conflict = ScriptedSender.Reply.refusal(409, "ConditionalRequestConflict")
        let round = [Self.created, Self.part, Self.part, conflict] + Self.aborted
        let error = await #expect(throws: S3Error.self) { try await run(round + round + round) }
        #expect(error?.kind == .contended)
    }

    /// If the reply to the first joining was lost, the second finds no upload: the object itself says whose it is.
    @Test func aLostReplyToTheJoiningIsUnderstood() async throws {
        let checksum = Self.checksum(of: [digest, digest])
        let gone = ScriptedSender.Reply.refusal(404, "NoSuchUpload", mayHaveBeenApplied: true)
        let object: HTTPHeaders = [
            "content-length": String(6 << 20), "etag": "\"own-2\"", "x-amz-checksum-sha256": checksum,
        ]
        let (outcome, _) = try await run([Self.created, Self.part, Self.part, gone, .response(200, object)])
        #expect(outcome == .written(etag: "\"own-2\""))
        let other: HTTPHeaders = [
            "content-length": String(6 << 20), "etag": "\"x\"", "x-amz-checksum-sha256": "other-2",
        ]
        let (anew, sender) = try await run(
            [Self.created, Self.part, Self.part, gone, .response(200, other)] + Self.aborted
                + [Self.created, Self.part, Self.part, Self.completed])
        #expect(anew == .written(etag: "\"e-2\""))
        #expect(sender.operations.contains("HeadObject"))
    }

    @Test func partsThatArriveLateAreAbortedAgain() async throws {
        let late = ScriptedSender.Reply.response(
            200, [:],
            "<ListPartsResult><IsTruncated>false</IsTruncated><Part><PartNumber>2</PartNumber><Size>9</Size></Part></ListPartsResult>"
        )
        let empty = ScriptedSender.Reply.response(200, [:], "<ListPartsResult/>")
        let sender = ScriptedSender([.response(204), late, .response(204), empty])
        try await S3Client(bucket: "b", sender: sender).abortUntilGone("k", uploadID: "u", clock: clock)
        #expect(sender.operations == ["AbortMultipartUpload", "ListParts", "AbortMultipartUpload", "ListParts"])

        let stuck = ScriptedSender((0..<6).flatMap { _ in [.response(204), late] })
        let error = await #expect(throws: S3Error.self) {
            try await S3Client(bucket: "b", sender: stuck).abortUntilGone("k", uploadID: "u", clock: clock)
        }
        #expect(error?.kind == .uploadNotAborted)
    }

    @Test func listsPartsPageByPage() async throws {
        func page(_ number: Int, next: Int?) -> ScriptedSender.Reply {
            let more =
                next.map { "<IsTruncated>true</IsTruncated><NextPartNumberMarker>\($0)</NextPartNumberMarker>" } ?? ""
            return .response(
                200, [:],
                "<ListPartsResult>\(more)<Part><PartNumber>\(number)</PartNumber><Size>5</Size><ETag>e</ETag></Part></ListPartsResult>"
            )
        }
        let sender = ScriptedSender([page(1, next: 1), page(2, next: nil)])
        let parts = try await S3Client(bucket: "b", sender: sender).listParts("k", uploadID: "u")
        #expect(parts?.map(\.number) == [1, 2])
        #expect(sender.calls[1].query("part-number-marker") == "1")
        let circle = ScriptedSender([page(1, next: 1), page(1, next: 1)])
        await #expect(throws: S3Error.self) {
            try await S3Client(bucket: "b", sender: circle).listParts("k", uploadID: "u")
        }
    }

    @Test func listsWhatWasLeftBehind() async throws {
        func page(_ key: String, next: Bool) -> ScriptedSender.Reply {
            let more =
                next
                ? "<IsTruncated>true</IsTruncated><NextKeyMarker>\(key)</NextKeyMarker><NextUploadIdMarker>m</NextUploadIdMarker>"
                : ""
            return .response(
                200, [:],
                """
                <ListMultipartUploadsResult><EncodingType>url</EncodingType>\(more)<Upload><Key>\(key)</Key><UploadId>u</UploadId>\
                <Initiated>2026-01-01T00:00:00Z</Initiated></Upload></ListMultipartUploadsResult>
                """)
        }
        let sender = ScriptedSender([page("p/a%20b", next: true), page("p/c%2Bd", next: false)])
        let uploads = try await S3Client(bucket: "b", sender: sender).listMultipartUploads(prefix: "p/")
        #expect(uploads.map(\.key) == ["p/a b", "p/c+d"])
        #expect(sender.calls[1].query("key-marker") == "p/a b" && sender.calls[1].query("upload-id-marker") == "m")
        let circle = ScriptedSender([page("p/a", next: true), page("p/a", next: true)])
        let error = await #expect(throws: S3Error.self) {
            try await S3Client(bucket: "b", sender: circle).listMultipartUploads(prefix: "p/")
        }
        #expect(error?.kind == .repeatedContinuation)
    }
}
