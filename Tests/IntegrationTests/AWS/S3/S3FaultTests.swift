import AWS
import Digest
import HTTP
import ObjectStorage
import PipelineKit
import TestSupport
import Testing

/// S3 behind a proxy that breaks calls and replies.
@Suite(.ownFaultProxies) struct S3FaultTests {
    private func hurt(
        _ rules: String..., body: (LocalAWS, _ prefix: String) async throws -> Void
    ) async throws {
        try await LocalAWS.with(s3: "CHAOS_S3_URL") { aws in
            let prefix = LocalAWS.prefix("faults")
            let bytes = Array("source".utf8)
            try await aws.hurt("CHAOS_S3_URL")
            try await aws.s3.putObject(prefix + "source", .bytes(bytes), sha256: SHA256.hash(bytes))
            try await aws.hurt("CHAOS_S3_URL", rules.joined(separator: ","))
            try await body(aws, prefix)
        }
    }

    /// The write happened and the reply was lost: the second try meets a 412 of its own making.
    @Test(arguments: [1, 3])
    func aLostReplyToAConditionalWriteIsSuccess(_ times: Int) async throws {
        try await hurt(#"{"fault": "lost-reply", "method": "PUT", "first": \#(times)}"#) { aws, prefix in
            let write = ConditionalWrite(client: aws.s3, clock: SystemClock())
            let result = try await write.put(prefix + "lease", Array("nonce-1".utf8), if: .absent)
            let stored = try #require(try await aws.s3.getObject(prefix + "lease", maximumBytes: 100))
            #expect(result == .written(etag: stored.info.etag))
            guard case .refused = try await write.put(prefix + "lease", Array("nonce-2".utf8), if: .absent) else {
                Issue.record("a second owner was let in")
                return
            }
        }
    }

    @Test func conflictsAreTriedAgain() async throws {
        try await hurt(#"{"fault": "conflict", "method": "PUT", "first": 2}"#) { aws, prefix in
            let write = ConditionalWrite(client: aws.s3, clock: SystemClock())
            guard case .written = try await write.put(prefix + "lease", Array("nonce-1".utf8), if: .absent) else {
                Issue.record("the write was refused")
                return
            }
        }
    }

    @Test func anErrorInsideA200IsNoCopy() async throws {
        try await hurt(#"{"fault": "error-200", "header": "x-amz-copy-source", "first": 1}"#) { aws, prefix in
            let outcome = try await aws.s3.copyObject(from: prefix + "source", to: prefix + "copy")
            #expect(try await aws.s3.headObject(prefix + "copy")?.size == 6)
            #expect(outcome != .sourceMissing)
        }
        try await hurt(#"{"fault": "error-200", "header": "x-amz-copy-source"}"#) { aws, prefix in
            let error = await #expect(throws: AWSError.self) {
                try await aws.s3.copyObject(from: prefix + "source", to: prefix + "copy")
            }
            #expect(error?.serviceCode == "InternalError")
        }
    }

    @Test(arguments: ["truncate", "corrupt", "html-502", "slowdown", "reset-after-body", "lost-reply"])
    func aListingThatBreaksOnceIsAskedForAgain(_ fault: String) async throws {
        try await hurt(#"{"fault": "\#(fault)", "path": "list-type", "first": 1}"#) { aws, prefix in
            var keys: [String] = []
            do {
                for try await page in aws.s3.listObjects(prefix: prefix) { keys += page.objects.map(\.key) }
                #expect(keys == [prefix + "source"])
            } catch is XMLError where fault == "corrupt" {
                // A byte was changed on its way, and the document shows it.
            } catch let error as S3Error where fault == "corrupt" {
                #expect(error.kind == .foreignKey)
            }
        }
    }

    @Test func aDownloadThatBreaksStartsAgain() async throws {
        try await hurt(#"{"fault": "truncate", "method": "GET", "first": 2}"#) { aws, prefix in
            let download = try await aws.s3.getObject(prefix + "source", to: { _ in true })
            #expect(download?.sha256 == SHA256.hash("source".utf8))
        }
    }

    @Test func aLostReplyToADeletionIsHarmless() async throws {
        try await hurt(#"{"fault": "lost-reply", "method": "POST", "first": 1}"#) { aws, prefix in
            try await aws.s3.deleteObjects([prefix + "source"])
            #expect(try await aws.s3.headObject(prefix + "source") == nil)
        }
    }

    @Test func aLostReplyToTheJoiningOfPartsIsSuccess() async throws {
        try await hurt(#"{"fault": "lost-reply", "method": "POST", "path": "uploadId", "first": 1}"#) { aws, prefix in
            let bytes = [UInt8](repeating: 7, count: 6 << 20)
            let upload = MultipartUpload(
                client: aws.s3, key: prefix + "big", headers: ObjectHeaders(),
                plan: try #require(PartPlan(size: bytes.count, partSize: 5 << 20)), clock: SystemClock())
            _ = try await upload.run { (.bytes(Array(bytes[$0])), SHA256.hash(bytes[$0])) }
            let download = try await aws.s3.getObject(prefix + "big", to: { _ in true })
            #expect(download?.sha256 == SHA256.hash(bytes))
            #expect(try await aws.s3.listMultipartUploads(prefix: prefix).isEmpty)
        }
    }

    @Test func aFailedUploadLeavesNoParts() async throws {
        try await hurt(#"{"fault": "denied", "method": "PUT", "path": "partNumber=2"}"#) { aws, prefix in
            let bytes = [UInt8](repeating: 7, count: 6 << 20)
            let upload = MultipartUpload(
                client: aws.s3, key: prefix + "big", headers: ObjectHeaders(),
                plan: try #require(PartPlan(size: bytes.count, partSize: 5 << 20)), clock: SystemClock())
            await #expect(throws: AWSError.self) {
                try await upload.run { (.bytes(Array(bytes[$0])), SHA256.hash(bytes[$0])) }
            }
            #expect(try await aws.s3.listMultipartUploads(prefix: prefix).isEmpty)
            let stored = try await aws.s3.headObject(prefix + "big")
            #expect(stored == nil)
        }
    }
}
