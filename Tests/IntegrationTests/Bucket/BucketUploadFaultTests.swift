import AWS
import Glibc
import HTTP
import PipelineKit
import Releases
import Synchronization
import SyncStep
import SystemPackage
import TestSupport
import Testing

/// What goes wrong while a release is uploaded.
@Suite struct BucketUploadFaultTests {
    @Test func aFileThatChangesStopsTheUpload() async throws {
        try await BucketFixture.with { bucket in
            for size in [10, 100_000, 6 << 20] {
                let assets = try bucket.site.site("one", ["a": String(repeating: "a", count: size)])
                try bucket.site.folder.write(String(repeating: "b", count: size), to: "project/one/a")
                let step = try bucket.sync("v1", assets) { $0.partSize = ByteCount(5 << 20) }
                let error = await describedError { _ = try await perform(step, in: try bucket.context()) }
                #expect(error?.code == "source-changed" && error?.message.contains("/one/a") == true, "\(size)")
                #expect(try await bucket.keys("releases/v1/") == [], "\(size)")
                #expect(try await bucket.keys(".runner/manifests/") == [])
            }
        }
    }

    @Test func aFileThatChangesWhileItIsSentStopsTheUpload() async throws {
        try await BucketFixture.with { bucket in
            let assets = try bucket.site.site("one", ["a": "before"])
            let folder = bucket.site.folder
            bucket.calls.hurt { request in
                if request.url.description.hasSuffix("/releases/v1/a") {
                    try? folder.write("behind", to: "project/one/a")
                }
                return nil
            }
            let step = try bucket.sync("v1", assets)
            #expect(await errorCode { _ = try await perform(step, in: try bucket.context()) } == "source-changed")
            #expect(try await bucket.keys(".runner/manifests/") == [])
        }
    }

    @Test func aFileThatBecameALinkStopsTheUpload() async throws {
        try await BucketFixture.with { bucket in
            // As long as the link itself, so that its size gives nothing away.
            let text = String(repeating: "t", count: bucket.site.folder["elsewhere"].string.utf8.count)
            let assets = try bucket.site.site("one", ["a": text])
            try bucket.site.folder.write(text, to: "elsewhere")
            let path = bucket.site.folder["project/one/a"].string
            unlink(path)
            symlink(bucket.site.folder["elsewhere"].string, path)
            let step = try bucket.sync("v1", assets)
            #expect(await errorCode { _ = try await perform(step, in: try bucket.context()) } == "source-changed")
            #expect(try await bucket.keys("releases/v1/") == [])
        }
    }

    @Test func aMissingBucketIsNamedBeforeAnythingIsChanged() async throws {
        try await BucketFixture.with { bucket in
            let assets = try bucket.site.site("one", ["a": "a"])
            let step = try bucket.sync("v1", assets) { $0.store = .bucket(name: "nobodys-bucket", prefix: "x") }
            let error = await describedError { _ = try await step.prepare(in: try bucket.context()) }
            #expect(error?.code == "aws-no-such-bucket" && error?.help?.contains("nobodys-bucket") == true)
        }
    }

    @Test func anUploadOutlivesAStoreThatAsksForLess() async throws {
        try await BucketFixture.with { bucket in
            let files = Dictionary(uniqueKeysWithValues: (0..<60).map { ("f/\($0)", "text \($0)") })
            let slow = Mutex<[String: Int]>([:])
            bucket.calls.hurt { request in
                guard request.method == .put, request.url.description.contains("/f/") else { return nil }
                // More often than one call's own retries.
                let count = slow.withLock { counts in
                    counts[request.url.description, default: 0] += 1
                    return counts[request.url.description] ?? 0
                }
                return count <= 4 ? (503, "<Error><Code>SlowDown</Code></Error>") : nil
            }
            let step = try bucket.sync("v1", try bucket.site.site("one", files))
            var context = try bucket.context()
            context.clock = QuickClock()
            let output = try await perform(step, in: context)
            #expect(output.uploaded == 60 && output.created)
            #expect(slow.withLock { Set($0.values) } == [5])
            // It begins with 8 at a time, and continues with fewer.
            #expect(bucket.calls.peak <= 12, "\(bucket.calls.peak)")
        }
    }

    @Test func aRefusalNamesThePermissionBeforeAnythingIsChanged() async throws {
        try await BucketFixture.with { bucket in
            let step = try bucket.sync("v1", try bucket.site.site("one", ["a": "a"]))
            bucket.calls.hurt { $0.method == .put ? (403, "<Error><Code>AccessDenied</Code></Error>") : nil }
            let context = try bucket.context()
            let state = try #require(try await before(step, in: context))
            let error = await describedError { _ = try await step.run(from: state, in: context) }
            #expect(error?.code == "aws-access-denied")
            #expect(error?.help?.contains("allow s3:PutObject on s3://") == true)
            #expect(try await bucket.keys() == [])
            try await step.rollback(to: state, in: context)
        }
    }

    @Test func aLostReleaseToCopyFromIsSent() async throws {
        try await BucketFixture.with { bucket in
            let list = try bucket.site.site("one", ["a": "a", "b": "b"])
            _ = try await bucket.deploy("v1", list, run: "run-1")
            try await bucket.aws.s3.deleteObject("\(bucket.prefix)/releases/v1/a")
            let output = try await perform(try bucket.sync("v2", list), in: try bucket.context(run: "run-2"))
            #expect(output.uploaded == 1 && output.copied == 1)
            #expect(try await bucket.keys("releases/v2/") == ["a", "b"])
        }
    }

    @Test func somethingElseInTheWayIsNamed() async throws {
        try await BucketFixture.with { bucket in
            try await bucket.put("mine", "releases/v1/mine")
            let step = try bucket.sync("v1", try bucket.site.site("one", ["a": "a"]))
            let error = await describedError { _ = try await perform(step, in: try bucket.context()) }
            #expect(error?.code == "unknown-release" && error?.message.contains("releases/v1/ has files") == true)
            #expect(try await bucket.keys() == ["releases/v1/mine"])
        }
    }
}
