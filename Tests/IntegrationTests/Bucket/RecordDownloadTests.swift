import AWS
import HTTP
import ObjectStorage
import PipelineKit
import Releases
import TestSupport
import Testing

/// Records that are too long for one reply.
@Suite struct RecordDownloadTests {
    private let record: StoreRecord

    init() throws {
        record = .manifest(of: try ReleaseVersion("v1"))
    }

    private static let text = String(repeating: "0123456789abcde\n", count: (20 << 20) / 16) + "end"

    private func copy(in bucket: BucketFixture) async throws -> [UInt8]? {
        let context = try bucket.context()
        let store = try await bucket.url.open(in: context)
        return try await store.copy(of: record, in: context.folder).map { try DurableFile.read($0.file) }
    }

    @Test func comeInParts() async throws {
        try await BucketFixture.with { bucket in
            try await bucket.put(Self.text, record.path)
            #expect(try await copy(in: bucket) == Array(Self.text.utf8))
        }
    }

    @Test func oneThatIsReplacedMeanwhileIsNone() async throws {
        try await BucketFixture.with { bucket in
            try await bucket.put(Self.text, record.path)
            // Another object's part, with another ETag.
            bucket.calls.hurt { request in
                request.headers["range"]?.hasPrefix("bytes=8388608-") == true ? (206, "x") : nil
            }
            #expect(await errorCode { _ = try await copy(in: bucket) } == "record-replaced")
            #expect(try DurableFile.entries(of: try bucket.context().folder).filter { $0.contains(".part") } == [])
            bucket.calls.heal()
            #expect(try await copy(in: bucket)?.count == Self.text.utf8.count)
        }
    }
}
