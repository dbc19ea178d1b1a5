import AWS
import Digest
import HTTP
import ObjectStorage
import PipelineKit
import TestSupport
import SystemPackage
import Testing

@testable import Releases

@Suite struct BucketStoreTests {
    private static let copied = "<CopyObjectResult><ETag>\"c\"</ETag></CopyObjectResult>"

    private func store(
        prefix: String = "site", _ answer: @escaping @Sendable (AWSRequest, Int) throws -> (Int, HTTPHeaders, String)
    ) -> (BucketStore, AnsweringSender) {
        let sender = AnsweringSender(answer)
        return (BucketStore(sender.s3, prefix: prefix, clock: TestClock()), sender)
    }

    @Test func namesItsPlaces() throws {
        let v1 = try ReleaseVersion("v1")
        let (site, _) = store { _, _ in (200, HTTPHeaders(), "") }
        #expect(site.resource.url == "s3://b/site")
        #expect(site.location(of: v1) == "s3://b/site/releases/v1/")
        #expect(site.location(of: .manifest(of: v1)) == "s3://b/site/.runner/manifests/v1.jsonl")
        let (whole, _) = store(prefix: "") { _, _ in (200, HTTPHeaders(), "") }
        #expect(whole.resource.url == "s3://b/" && whole.prefix(of: v1) == "releases/v1/")
        #expect(whole.resource == (try StoreURL("s3://b")).resource(in: Project(folder: "/")))
        #expect(site.resource == (try StoreURL("s3://b/site/")).resource(in: Project(folder: "/")))
    }

    @Test func aMoveIsACopyAndThenADeletion() async throws {
        let v1 = try ReleaseVersion("v1")
        let (site, sender) = store { request, _ in
            switch request.operation {
            case "HeadObject" where request.path.contains("manifests"): (404, HTTPHeaders(), "")
            case "HeadObject": (200, ["content-length": "5", "etag": "\"e\""], "")
            case "CopyObject": (200, HTTPHeaders(), Self.copied)
            default: (204, HTTPHeaders(), "")
            }
        }
        try await site.move(.incoming(v1), to: .manifest(of: v1))
        try #require(sender.operations == ["HeadObject", "HeadObject", "CopyObject", "HeadObject", "DeleteObject"])
        #expect(sender.calls[2].headers["x-amz-copy-source-if-match"] == "\"e\"")
        #expect(sender.calls[2].headers["if-none-match"] == "*")
        #expect(sender.calls[4].path == "site/.runner/incoming/v1.jsonl")
    }

    /// Copying takes a while: a record that another run has taken over in that time stays, and its copy goes.
    @Test func aMoveOfARecordThatWasTakenOverIsUndone() async throws {
        let v1 = try ReleaseVersion("v1")
        let (site, sender) = store { request, number in
            switch request.operation {
            case "HeadObject" where request.path.contains("manifests"):
                (number == 1 ? 404 : 200, ["content-length": "5", "etag": "\"c\""], "")
            case "HeadObject": (200, ["content-length": "5", "etag": number == 0 ? "\"e\"" : "\"other\""], "")
            case "CopyObject": (200, HTTPHeaders(), Self.copied)
            default: (204, HTTPHeaders(), "")
            }
        }
        #expect(try await site.move(.incoming(v1), to: .manifest(of: v1), if: nil) == .sourceChanged)
        let deleted = sender.calls.filter { $0.operation == "DeleteObject" }.map(\.path)
        #expect(deleted == ["site/.runner/manifests/v1.jsonl"])
    }

    @Test func aRecordThatIsInAnotherStateIsNotMoved() async throws {
        let v1 = try ReleaseVersion("v1")
        let (site, sender) = store { _, number in
            (200, ["content-length": "5", "etag": number == 0 ? "\"e\"" : "\"other\""], "")
        }
        let tag = try await site.tag(of: .incoming(v1))
        #expect(try await site.move(.incoming(v1), to: .trash(v1), if: tag) == .sourceChanged)
        #expect(sender.operations == ["HeadObject", "HeadObject"])
    }

    @Test func aBucketHasNoLink() async throws {
        let (site, _) = store { _, _ in (200, HTTPHeaders(), "") }
        #expect(try await LinkPointer.open(.current, of: site, in: .test()) == nil)
    }

    @Test func uploadsArePartsOfAStoreOnlyWhereTheyMayBeListed() async throws {
        let v1 = try ReleaseVersion("v1")
        let (site, sender) = store { _, _ in throw AWSError.refusal(403, "AccessDenied") }
        try await site.abortPartialUploads(of: v1)
        #expect(sender.operations == ["ListMultipartUploads"])
        let (broken, _) = store { _, _ in throw AWSError.refusal(404, "NoSuchBucket") }
        await #expect(throws: AWSError.self) { try await broken.abortPartialUploads(of: v1) }
    }

    @Test func unknownReleasesAreNamesWithoutARecord() async throws {
        let page = """
            <ListBucketResult><IsTruncated>false</IsTruncated>
            <Contents><Key>site/releases/</Key><Size>0</Size></Contents>
            <Contents><Key>site/releases/notes.txt</Key><Size>1</Size></Contents>
            <CommonPrefixes><Prefix>site/releases/v1/</Prefix></CommonPrefixes>
            <CommonPrefixes><Prefix>site/releases/v2/</Prefix></CommonPrefixes></ListBucketResult>
            """
        let (site, _) = store { _, _ in (200, HTTPHeaders(), page) }
        let known = StoredRelease(version: try ReleaseVersion("v2"), state: .complete, createdAt: nil)
        #expect(try await site.unknownReleases(besides: [known]) == ["notes.txt", "v1"])
    }
}
