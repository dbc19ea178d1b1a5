import AWS
import Digest
import FoundationEssentials
import HTTP
import ObjectStorage
import Synchronization
import Testing

@Suite struct ObjectTests {
    private let digest = SHA256.hash("hello".utf8)

    @Test func aPutSaysWhatItSends() async throws {
        let sender = ScriptedSender([.response(200, ["ETag": "\"e\""])])
        let headers = ObjectHeaders(
            contentType: "text/html; charset=utf-8", contentEncoding: "gzip", cacheControl: "no-cache",
            websiteRedirect: "/new", others: ["x-amz-meta-b": "2", "content-language": "de"])
        let etag = try await S3Client(bucket: "b", sender: sender).putObject(
            "a b/ü", .bytes(Array("hello".utf8)), sha256: digest, headers: headers)
        #expect(etag == "\"e\"")
        let call = try #require(sender.calls.first)
        #expect(call.method == .put && call.bucket == "b" && call.path == "a b/ü" && call.bodyText == "hello")
        #expect(call.payload == .sha256(digest))
        #expect(
            call.headers.fields.map { "\($0.name): \($0.value)" } == [
                "content-type: text/html; charset=utf-8", "content-encoding: gzip", "cache-control: no-cache",
                "x-amz-website-redirect-location: /new", "content-language: de", "x-amz-meta-b: 2",
                "x-amz-checksum-sha256: LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
            ])
    }

    @Test func aPutWithoutETagIsRefused() async {
        let sender = ScriptedSender([.response(200)])
        await #expect(throws: S3Error.self) {
            try await S3Client(bucket: "b", sender: sender).putObject("k", .empty, sha256: digest)
        }
    }

    @Test(arguments: [
        (WriteCondition.absent, 412, "PreconditionFailed", WriteOutcome.conditionFalse),
        (.etag("\"1\""), 412, "PreconditionFailed", .conditionFalse),
        (.etag("\"1\""), 404, "NoSuchKey", .conditionFalse),
        (.absent, 409, "ConditionalRequestConflict", .contended),
        (.etag("\"1\""), 409, "ConditionalRequestConflict", .contended),
    ])
    func refusedConditionsAreAnswers(
        _ condition: WriteCondition, _ status: Int, _ code: String, _ outcome: WriteOutcome
    ) async throws {
        let sender = ScriptedSender([.refusal(status, code)])
        let client = S3Client(bucket: "b", sender: sender)
        #expect(try await client.putObject("k", .empty, sha256: digest, if: condition) == outcome)
        let name = condition == .absent ? "if-none-match" : "if-match"
        #expect(sender.calls.first?.headers[name] == (condition == .absent ? "*" : "\"1\""))
    }

    @Test(arguments: [(404, "NoSuchBucket"), (403, "AccessDenied"), (409, "OperationNotAllowed"), (404, "NoSuchKey")])
    func otherRefusalsAreErrors(_ status: Int, _ code: String) async {
        let client = S3Client(bucket: "b", sender: ScriptedSender([.refusal(status, code)]))
        await #expect(throws: AWSError.self) {
            try await client.putObject("k", .empty, sha256: digest, if: .absent)
        }
    }

    @Test func aGetGivesBytesAndHeaders() async throws {
        let sender = ScriptedSender([
            .response(
                200,
                [
                    "ETag": "\"e\"", "Content-Type": "text/plain", "X-Amz-Meta-Commit": "abc", "Server": "x",
                    "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT", "Date": "Thu, 01 Jan 2026 00:01:00 GMT",
                ], "hello")
        ])
        let content = try #require(
            try await S3Client(bucket: "b", sender: sender).getObject("k", maximumBytes: 100))
        #expect(content.bytes == Array("hello".utf8))
        #expect(content.info.size == 5 && content.info.etag == "\"e\"")
        #expect(
            content.info.headers == ObjectHeaders(contentType: "text/plain", others: ["x-amz-meta-commit": "abc"]))
        #expect(content.info.date?.timeIntervalSince(try #require(content.info.lastModified)) == 60)
    }

    @Test func anObjectLongerThanItsReaderTakesIsRefused() async throws {
        let sender = ScriptedSender([
            .response(200, ["ETag": "\"e\""], "hello"), .response(200, ["ETag": "\"e\""], "hello"),
        ])
        let client = S3Client(bucket: "b", sender: sender)
        #expect(try await client.getObject("k", maximumBytes: 5)?.info.size == 5)
        let error = await #expect(throws: StorageError.self) { try await client.getObject("k", maximumBytes: 4) }
        #expect(error?.kind == .tooLong)
        // Otherwise a refusal's own text would be too long.
        #expect(sender.calls.allSatisfy { $0.maximumBodyBytes >= 64 << 10 })
    }

    @Test func aMissingKeyIsNilAndAMissingBucketIsAnError() async throws {
        let sender = ScriptedSender([
            .refusal(404, "NoSuchKey"), .refusal(404, "NoSuchBucket"), .refusal(404, "NoSuchKey"), .response(404),
        ])
        let client = S3Client(bucket: "b", sender: sender)
        #expect(try await client.getObject("k", maximumBytes: 1) == nil)
        await #expect(throws: AWSError.self) { try await client.getObject("k", maximumBytes: 1) }
        #expect(try await client.getObject("k", to: { _ in true }) == nil)
        #expect(try await client.headObject("k") == nil)
    }

    @Test func aDownloadIsHashedAsItComes() async throws {
        let sender = ScriptedSender([.response(200, ["ETag": "\"e\""], "hello")])
        let taken = Mutex<[UInt8]>([])
        let download = try await S3Client(bucket: "b", sender: sender).getObject("k") { bytes in
            let copy = Array(bytes)
            taken.withLock { $0 += copy }
            return true
        }
        #expect(download?.sha256 == digest && download?.info.size == 5)
        #expect(taken.withLock { $0 } == Array("hello".utf8))
    }

    @Test func anAttemptThatBrokeLeavesNothingInTheDigest() async throws {
        let client = S3Client(bucket: "b", sender: TwoAttempts())
        let restarts = Mutex(0)
        let download = try await client.getObject("k", restart: { restarts.withLock { $0 += 1 } }, to: { _ in true })
        #expect(download?.sha256 == digest && download?.info.size == 5)
        #expect(restarts.withLock { $0 } == 2)
    }

    /// Sends half of a body, then all of it.
    private struct TwoAttempts: AWSSender {
        func send(_ request: AWSRequest) async throws -> HTTPResponse {
            for (number, text) in ["he", "hello"].enumerated() {
                request.onAttempt?(number + 1)
                _ = Array(text.utf8).withUnsafeBytes { request.sink?($0) }
            }
            return HTTPResponse(
                status: 200, headers: ["ETag": "\"e\""], effectiveURL: "",
                timings: HTTPResponse.Timings(firstByte: .zero, total: .zero))
        }
    }

    @Test func aHeadAsksForTheChecksum() async throws {
        let sender = ScriptedSender([
            .response(
                200,
                [
                    "content-length": "5", "etag": "\"e\"",
                    "x-amz-checksum-sha256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
                ]),
            .response(200, ["content-length": "5", "etag": "\"e\"", "x-amz-checksum-sha256": "AAAA-3"]),
            .response(200, ["content-length": "5", "etag": "\"e\""]),
        ])
        let client = S3Client(bucket: "b", sender: sender)
        let found = try await [client.headObject("k"), client.headObject("k"), client.headObject("k")]
        #expect(sender.calls.first?.headers["x-amz-checksum-mode"] == "ENABLED")
        #expect(found.map { $0?.size } == [5, 5, 5])
        #expect(found.map { $0?.matches(digest) } == [true, nil, nil])
        #expect(found[0]?.matches(SHA256.hash([])) == false)
    }
}
