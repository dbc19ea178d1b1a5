import AWS
import Digest
import FoundationEssentials
import HTTP
import ObjectStorage
import PipelineKit
import Synchronization
import Testing

@Suite struct CopyAndDeleteTests {
    private let copied = "<CopyObjectResult><ETag>&quot;e&quot;</ETag></CopyObjectResult>"

    @Test func aCopyNamesItsSourceEncoded() async throws {
        let sender = ScriptedSender([.response(200, [:], copied), .response(200, [:], copied)])
        let client = S3Client(bucket: "b", sender: sender)
        let headers = ObjectHeaders(contentType: "text/css", cacheControl: "no-cache")
        let outcome = try await client.copyObject(
            from: "v1/a b+c%20é?.css", ifMatch: "\"s\"", to: "v2/x", headers: headers)
        #expect(outcome == .copied(etag: "\"e\""))
        _ = try await client.copyObject(from: "k", to: "l")
        let call = sender.calls[0]
        #expect(call.path == "v2/x" && call.mayFailInBody)
        #expect(call.headers["x-amz-copy-source"] == "b/v1/a%20b%2Bc%2520%C3%A9%3F.css")
        #expect(call.headers["x-amz-metadata-directive"] == "REPLACE")
        #expect(call.headers["x-amz-tagging-directive"] == "REPLACE")
        #expect(call.headers["content-type"] == "text/css")
        #expect(call.headers["x-amz-copy-source-if-match"] == "\"s\"")
        #expect(sender.calls[1].headers["x-amz-copy-source"] == "b/k")
        #expect(sender.calls[1].headers["x-amz-metadata-directive"] == "COPY")
        #expect(sender.calls[1].headers["x-amz-tagging-directive"] == nil)
        #expect(sender.calls[1].headers["x-amz-copy-source-if-match"] == nil)
    }

    @Test func aCopyThatCannotBeMadeIsAnAnswer() async throws {
        let sender = ScriptedSender([.refusal(404, "NoSuchKey"), .refusal(412, "PreconditionFailed")])
        let client = S3Client(bucket: "b", sender: sender)
        #expect(try await client.copyObject(from: "a", to: "b") == .sourceMissing)
        #expect(try await client.copyObject(from: "a", ifMatch: "\"1\"", to: "b") == .sourceChanged)
    }

    @Test(arguments: [
        "<Error><Code>InternalError</Code></Error>", "<CopyObjectResult><ETag>", "", "<CopyObjectResult/>",
    ])
    func a200IsNoProofOfACopy(_ text: String) async {
        let client = S3Client(bucket: "b", sender: ScriptedSender([.response(200, [:], text)]))
        await #expect(throws: XMLError.self) { try await client.copyObject(from: "a", to: "b") }
    }

    @Test func aDeletionNamesEveryKey() async throws {
        let sender = ScriptedSender([.response(200, [:], "<DeleteResult/>")])
        try await S3Client(bucket: "b", sender: sender).deleteObjects(NastyKeys.all)
        let call = try #require(sender.calls.first)
        let document = try XMLTree(Array(call.bodyText.utf8))
        let keys = try document.root.children("Object").map { try Array($0.required("Key").utf8) }
        #expect(keys == NastyKeys.all.map { Array($0.utf8) })
        #expect(call.method == .post && call.query("delete") == "")
        #expect(call.headers["x-amz-checksum-sha256"] != nil)
        #expect(call.payload == .sha256(SHA256.hash(call.bodyText.utf8)))
    }

    @Test(arguments: [(0, []), (1, [1]), (1_000, [1_000]), (1_001, [1_000, 1]), (2_500, [1_000, 1_000, 500])])
    func aThousandKeysGoIntoACall(_ count: Int, _ batches: [Int]) async throws {
        let sender = ScriptedSender(batches.map { _ in .response(200, [:], "<DeleteResult/>") })
        try await S3Client(bucket: "b", sender: sender).deleteObjects((0..<count).map { "k\($0)" })
        let sizes = try sender.calls.map {
            Array(try XMLTree(Array($0.bodyText.utf8)).root.children("Object")).count
        }
        #expect(sizes == batches)
    }

    @Test(arguments: [
        (["AccessDenied"], RetryClass.failure), (["InternalError", "SlowDown"], .network),
        (["InternalError", "AccessDenied"], .failure),
    ])
    func aKeyThatStayedIsAnError(_ codes: [String], _ retryClass: RetryClass) async throws {
        let errors = codes.map { "<Error><Key>a&#10;b</Key><Code>\($0)</Code></Error>" }.joined()
        let sender = ScriptedSender([.response(200, [:], "<DeleteResult>\(errors)</DeleteResult>")])
        do {
            try await S3Client(bucket: "b", sender: sender).deleteObjects(["a\nb", "c", "d"])
            Issue.record("nothing was thrown")
        } catch let error as StorageError {
            #expect(error.kind == .keysNotDeleted && error.retryClass == retryClass)
            #expect(
                error.message.contains("\(codes.count) of 3 keys") && error.message.contains(#""a\nb" (\#(codes[0]))"#))
        }
    }

    /// Servers that are older than checksums require it.
    @Test func aDeletionCarriesAnMD5() async throws {
        let sender = ScriptedSender([.response(200, [:], "<DeleteResult/>")])
        try await S3Client(bucket: "b", sender: sender).deleteObjects(["k"])
        let call = try #require(sender.calls.first)
        let md5 = try #require(MD5())
        call.bodyText.utf8.withContiguousStorageIfAvailable { md5.update(UnsafeRawBufferPointer($0)) }
        #expect(call.headers["content-md5"] == Data(md5.finish()).base64EncodedString())
    }

    private static let denials: [(Int, String)] =
        [(501, "NotImplemented"), (405, "MethodNotAllowed")]
        + ["MissingContentMD5", "InvalidRequest", "InvalidDigest", "NotImplemented", "MalformedXML"].map { (400, $0) }

    @Test(arguments: denials)
    func aServerThatTakesNotManyAtOnceIsAskedForThatOnce(_ status: Int, _ code: String) async throws {
        let sender = ScriptedSender(
            [.refusal(status, code), .response(204), .refusal(404, "NoSuchKey"), .response(204), .response(204)])
        let client = S3Client(bucket: "b", sender: sender)
        try await client.deleteObjects(["a", "b"])
        try await client.reportingRetries { _ in }.deleteObjects(["c", "d"])
        #expect(sender.operations == ["DeleteObjects"] + Array(repeating: "DeleteObject", count: 4))
        #expect(Set(sender.calls.dropFirst().map(\.path)) == ["a", "b", "c", "d"])
    }

    /// A step that shows its progress, and the store that must know which requests may still arrive.
    @Test func everyoneWhoAskedIsToldOfARetry() async throws {
        let sender = ScriptedSender([.response(204)])
        let told = Mutex<[String]>([])
        let client = S3Client(bucket: "b", sender: sender)
            .reportingRetries { error in told.withLock { $0.append("inner \(error.code)") } }
            .reportingRetries { error in told.withLock { $0.append("outer \(error.code)") } }
        try await client.deleteObject("a")
        sender.calls.first?.onRetry?(StepError("reset", ""))
        #expect(told.withLock { $0.sorted() } == ["inner reset", "outer reset"])
    }

    @Test(arguments: [(400, "InvalidPart"), (400, "ExpiredToken"), (403, "AccessDenied"), (404, "NoSuchBucket")])
    func otherRefusalsAreErrors(_ status: Int, _ code: String) async throws {
        let sender = ScriptedSender([.refusal(status, code)])
        let error = await #expect(throws: AWSError.self) {
            try await S3Client(bucket: "b", sender: sender).deleteObjects(["a"])
        }
        #expect(error?.serviceCode == code && sender.operations == ["DeleteObjects"])
    }

    /// If single deletions fail as well, the refusal says nothing about the server.
    @Test func aDenialCountsOnlyIfTheOtherWayWorks() async throws {
        let sender = ScriptedSender(
            [.refusal(400, "InvalidRequest"), .refusal(403, "AccessDenied"), .response(200, [:], "<DeleteResult/>")])
        let client = S3Client(bucket: "b", sender: sender)
        let error = await #expect(throws: AWSError.self) { try await client.deleteObjects(["a"]) }
        #expect(error?.serviceCode == "AccessDenied")
        try await client.deleteObjects(["a"])
        #expect(sender.operations == ["DeleteObjects", "DeleteObject", "DeleteObjects"])
    }

    @Test func singleDeletionsGoSeveralAtOnce() async throws {
        let sender = ScriptedSender([.refusal(501, "NotImplemented")] + (0..<100).map { _ in .response(204) })
        try await S3Client(bucket: "b", sender: sender).deleteObjects((0..<100).map { "k\($0)" })
        #expect(sender.batches == [32, 32, 32, 4])
    }

    @Test func anObjectThatIsNotThereIsDeleted() async throws {
        let sender = ScriptedSender(
            [.refusal(404, "NoSuchKey"), .refusal(404, "NotFound"), .refusal(404, "NoSuchBucket")])
        let client = S3Client(bucket: "b", sender: sender)
        try await client.deleteObject("k")
        try await client.deleteObject("k")
        await #expect(throws: AWSError.self) { try await client.deleteObject("k") }
    }
}
