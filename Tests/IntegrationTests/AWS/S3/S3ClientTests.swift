import AWS
import Digest
import HTTP
import ObjectStorage
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// S3 as SeaweedFS speaks it, which checks signatures and checksums.
@Suite struct S3ClientTests {
    /// Keys that S3 takes, and SeaweedFS rewrites or refuses: with empty parts, or parts of more than 255 bytes.
    static let moreKeys = ["a//b", "/leading", "folder/", String(repeating: "é日a", count: 150)]

    static let keys = [
        "plain.html", "a b", "a+b", "a%b", "a%20b", "a%2Fb", "100%", "~tilde~", "it's", "\"quoted\"", "a&b;c=d",
        "<tag>", "a?b#c",
        ".well-known/x", "*!'()", "a:b@c,d$e", "caf\u{e9}", "cafe\u{301}", "日本語/ページ.html", "😀👩‍👩‍👧.png",
        "tab\tand\nline", (0..<5).map { _ in String(repeating: "é日a", count: 30) }.joined(separator: "/"),
        "&amp;&#x41;", " x ",
    ]

    /// moto's routes end at a line feed.
    static let keysOfMoto = keys.filter { !$0.contains("\n") } + moreKeys

    @Test(arguments: [("AWS_ENDPOINT_URL_S3", keys), ("MOTO_URL", keysOfMoto)])
    func nastyKeysSurvive(_ server: String, _ keys: [String]) async throws {
        try await LocalAWS.with(s3: server) { aws in
            if server == "MOTO_URL" { try await aws.makeBucket() }
            let prefix = LocalAWS.prefix("keys")
            for key in keys {
                try await aws.s3.putObject(prefix + key, .bytes(Array(key.utf8)), sha256: SHA256.hash(key.utf8))
            }
            var listed: Set<[UInt8]> = []
            for try await page in aws.s3.listObjects(prefix: prefix) {
                for object in page.objects {
                    #expect(object.size == object.key.utf8.count - prefix.utf8.count)
                    listed.insert(Array(object.key.utf8.dropFirst(prefix.utf8.count)))
                }
            }
            #expect(listed == Set(keys.map { Array($0.utf8) }))
            for key in keys {
                let content = try await aws.s3.getObject(prefix + key, maximumBytes: 2_000)
                #expect(content.map { $0.bytes } == Array(key.utf8), "\(key)")
                let copy = try await aws.s3.copyObject(from: prefix + key, to: prefix + "copies/" + key)
                #expect(copy != .sourceMissing, "\(key)")
                #expect(try await aws.s3.headObject(prefix + "copies/" + key)?.size == key.utf8.count, "\(key)")
            }
            try await aws.s3.deleteObjects(keys.map { prefix + $0 } + keys.map { prefix + "copies/" + $0 })
            #expect(try await count(aws.s3, prefix) == 0)
        }
    }

    private func count(_ client: S3Client, _ prefix: String) async throws -> Int {
        var count = 0
        for try await page in client.listObjects(prefix: prefix) { count += page.objects.count }
        return count
    }

    @Test func manyKeysTakeSeveralPagesAndCalls() async throws {
        try await LocalAWS.with { aws in
            let prefix = LocalAWS.prefix("many")
            let keys = (0..<2_100).map { "\(prefix)k\($0)" }
            let client = aws.s3
            try await withThrowingTaskGroup(of: Void.self) { group in
                for key in keys {
                    group.addTask { try await client.putObject(key, .empty, sha256: SHA256.hash([])) }
                }
                try await group.waitForAll()
            }
            #expect(try await count(client, prefix) == keys.count)
            try await client.deleteObjects(keys)
            #expect(try await count(client, prefix) == 0)
        }
    }

    @Test func headersAreKeptAndReplacedByACopy() async throws {
        try await LocalAWS.with { aws in
            let prefix = LocalAWS.prefix("headers")
            let headers = ObjectHeaders(
                contentType: "text/html; charset=utf-8", contentEncoding: "gzip", cacheControl: "public, max-age=60",
                others: ["content-language": "de", "x-amz-meta-commit": "abc"])
            let bytes = Array("hello".utf8)
            let etag = try await aws.s3.putObject(
                prefix + "a", .bytes(bytes), sha256: SHA256.hash(bytes), headers: headers)
            let info = try #require(try await aws.s3.headObject(prefix + "a"))
            #expect(info.headers == headers && info.etag == etag && info.size == 5)
            #expect(info.lastModified != nil && info.date != nil)

            let other = ObjectHeaders(contentType: "text/plain", cacheControl: "no-cache")
            #expect(try await aws.s3.copyObject(from: prefix + "a", to: prefix + "b", headers: other) != .sourceMissing)
            #expect(try await aws.s3.headObject(prefix + "b")?.headers == other)
            _ = try await aws.s3.copyObject(from: prefix + "a", to: prefix + "c")
            #expect(try await aws.s3.headObject(prefix + "c")?.headers == headers)
            #expect(try await aws.s3.copyObject(from: prefix + "nothing", to: prefix + "d") == .sourceMissing)
            #expect(try await aws.s3.headObject(prefix + "d") == nil)
            #expect(try await aws.s3.getObject(prefix + "d", maximumBytes: 1) == nil)
            let long = await #expect(throws: StorageError.self) {
                try await aws.s3.getObject(prefix + "a", maximumBytes: 4)
            }
            #expect(long?.kind == .tooLong)
        }
    }

    @Test func bytesThatAreNotThosePromisedAreRefused() async throws {
        try await LocalAWS.with { aws in
            let key = LocalAWS.prefix("checksum") + "x"
            await #expect(throws: AWSError.self) {
                try await aws.s3.putObject(key, .bytes(Array("other".utf8)), sha256: SHA256.hash("promised".utf8))
            }
            let stored = try await aws.s3.headObject(key)
            #expect(stored == nil)
        }
    }

    @Test func conditionsDecideWrites() async throws {
        try await LocalAWS.with { aws in
            let key = LocalAWS.prefix("lease") + "lease.json"
            let write = ConditionalWrite(client: aws.s3, clock: SystemClock())
            guard case .written(let first) = try await write.put(key, Array("one".utf8), if: .absent) else {
                Issue.record("the first write was refused")
                return
            }
            guard case .refused(let held) = try await write.put(key, Array("two".utf8), if: .absent) else {
                Issue.record("a second owner was let in")
                return
            }
            #expect(held?.bytes == Array("one".utf8) && held?.info.etag == first)
            guard case .written = try await write.put(key, Array("three".utf8), if: .etag(first)) else {
                Issue.record("the owner was refused")
                return
            }
            guard case .refused(let renewed) = try await write.put(key, Array("four".utf8), if: .etag(first)) else {
                Issue.record("a stale ETag was let in")
                return
            }
            #expect(renewed?.bytes == Array("three".utf8))
        }
    }

    @Test func aLargeFileGoesInParts() async throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<(11 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 13) }
        try folder.write(bytes, to: "big")
        let path = folder["big"]
        try await LocalAWS.with { aws in
            let prefix = LocalAWS.prefix("big")
            let plan = try #require(PartPlan(size: bytes.count, partSize: 5 << 20))
            let upload = MultipartUpload(
                client: aws.s3, key: prefix + "big", headers: ObjectHeaders(contentType: "video/mp4"), plan: plan,
                clock: SystemClock())
            _ = try await upload.run { range in
                (
                    .file(FileRegion(try RegularFile(path), offset: range.lowerBound, count: range.count)),
                    SHA256.hash(bytes[range])
                )
            }
            let download = try #require(try await aws.s3.getObject(prefix + "big", to: { _ in true }))
            #expect(download.sha256 == SHA256.hash(bytes) && download.info.size == bytes.count)
            #expect(download.info.headers.contentType == "video/mp4")

            let left = try await aws.s3.createMultipartUpload(prefix + "left")
            _ = try await aws.s3.uploadPart(
                prefix + "left", uploadID: left, number: 1, .bytes([1]), sha256: SHA256.hash([1]))
            #expect(try await aws.s3.listParts(prefix + "left", uploadID: left)?.map(\.size) == [1])
            #expect(try await aws.s3.listMultipartUploads(prefix: prefix).map(\.key) == [prefix + "left"])
            try await aws.s3.abortUntilGone(prefix + "left", uploadID: left, clock: SystemClock())
            #expect(try await aws.s3.listMultipartUploads(prefix: prefix).isEmpty)
        }
    }
}
