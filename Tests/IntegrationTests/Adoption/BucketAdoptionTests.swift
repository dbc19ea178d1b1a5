import AWS
import Digest
import FoundationEssentials
import HTTP
import ObjectStorage
import PipelineKit
import Releases
import SwitchOriginStep
import SyncStep
import SystemPackage
import TestSupport
import Testing

/// Releases that another tool has put into a bucket.
@Suite struct BucketAdoptionTests {
    private func adopt(_ bucket: BucketFixture, _ context: StepContext) async throws -> ForeignFiles {
        try await bucket.url.open(in: context).adopt(try ReleaseVersion("v0"), in: context)
    }

    private func entries(_ bucket: BucketFixture) async throws -> (ManifestHeader, [ManifestEntry]) {
        let manifest = try await bucket.store.manifest(of: try ReleaseVersion("v0"), in: bucket.site.folder.path)
        let reader = try Manifest.Reader(try #require(manifest))
        var entries: [ManifestEntry] = []
        while let entry = try reader.next() { entries.append(entry) }
        return (reader.header, entries)
    }

    /// What `gzip -n` makes of a text.
    private func gzip(_ text: String, _ bucket: BucketFixture) async throws -> [UInt8] {
        try bucket.site.folder.write(text, to: "plain")
        let command = Command(
            "/bin/sh", ["-c", "gzip -nc plain > packed"], environment: ["PATH": "/usr/bin:/bin"],
            directory: bucket.site.folder.path)
        _ = try await SubprocessRunner(clock: SystemClock()).run(command) { _ in }
        return try DurableFile.read(bucket.site.folder["packed"])
    }

    @Test func takesBytesTypesAndHeadersByOneReadEach() async throws {
        try await BucketFixture.with { bucket in
            let style = String(repeating: "p { color: red }\n", count: 5_000)
            let packed = try await gzip(style, bucket)
            try await bucket.put("<html>", "releases/v0/index.html", headers: .init(contentType: "text/html"))
            try await bucket.put(
                "x", "releases/v0/a/b.txt",
                headers: .init(
                    contentType: "text/plain; charset=latin1", cacheControl: "max-age=60",
                    others: ["x-amz-meta-note": "n", "content-language": "de"]))
            try await bucket.aws.s3.putObject(
                "\(bucket.prefix)/releases/v0/app.css", .bytes(packed), sha256: SHA256.hash(packed),
                headers: .init(contentType: "text/css", contentEncoding: "gzip"))
            // Its header says gzip, and its bytes are not.
            try await bucket.put("p", "releases/v0/fake.css", headers: .init(contentEncoding: "gzip"))
            try await bucket.put("日本", "releases/v0/日本 語+é.txt")
            try await bucket.put("other", "releases/v00/index.html")
            let before = try await bucket.keys()

            let read = Recorder()
            bucket.calls.hurt { request in
                if request.method == .get, request.url.target.contains("/releases/v0/") {
                    read.note(String(request.url.target.prefix { $0 != "?" }))
                }
                return nil
            }
            let found = try await adopt(bucket, try bucket.context(run: "adopt-1"))
            #expect(found.files == 5 && found.compressed == 1)
            #expect(read.lines.count == 5 && Set(read.lines).count == 5)
            let records = [".runner/manifests/v0.jsonl", ".runner/store.json"]
            #expect(try await bucket.keys() == (before + records).sorted())

            let (header, entries) = try await entries(bucket)
            #expect(header.adopted && header.commit == nil && header.origin.person == nil && header.runID == "adopt-1")
            let written = try #require(try await bucket.aws.s3.headObject("\(bucket.prefix)/releases/v0/日本 語+é.txt"))
            #expect(header.createdAt == written.lastModified?.timestamp)
            #expect(entries.map(\.key) == ["a/b.txt", "app.css", "fake.css", "index.html", "日本 語+é.txt"])
            #expect(entries[0].contentType == "text/plain; charset=latin1" && entries[0].cacheControl == "max-age=60")
            #expect(entries[0].headers == ["x-amz-meta-note": "n", "content-language": "de"])
            #expect(entries[1].contentEncoding == "gzip" && entries[1].sha256 == SHA256.hash(packed).description)
            #expect(entries[1].original == .init(size: style.utf8.count, sha256: SHA256.hash(style.utf8).description))
            #expect(entries[2].contentEncoding == "gzip" && entries[2].original == nil)
            #expect(entries[3].contentType == "text/html" && entries[3].cacheControl == "")
            let manifest = bucket.site.folder["manifests-v0.jsonl"]
            #expect(
                try await bucket.store.check(
                    ReleaseVersion("v0"), against: manifest, nil, .full, in: bucket.site.folder.path
                ).isComplete)
        }
    }

    /// SeaweedFS does not keep them.
    @Test func takesRedirects() async throws {
        try await BucketFixture.with(s3: "MOTO_URL") { bucket in
            try await bucket.aws.makeBucket()
            try await bucket.put("", "releases/v0/old.html", headers: .init(websiteRedirect: "/new.html"))
            _ = try await adopt(bucket, try bucket.context())
            let (_, entries) = try await entries(bucket)
            #expect(entries.map(\.redirect) == ["/new.html"])
        }
    }

    @Test func manyObjectsKeepTheirOrder() async throws {
        try await BucketFixture.with { bucket in
            for number in 0..<300 { try await bucket.put("\(number)", "releases/v0/\(number).html") }
            let found = try await adopt(bucket, try bucket.context())
            let (_, entries) = try await entries(bucket)
            #expect(found.files == 300 && entries.map(\.key) == (0..<300).map { "\($0).html" }.sorted())
            #expect(entries.allSatisfy { $0.sha256 == SHA256.hash($0.key.dropLast(5).utf8).description })
        }
    }

    @Test func refusesWhatCannotBeInAManifest() async throws {
        try await BucketFixture.with { bucket in
            let nothing = await describedError { _ = try await adopt(bucket, try bucket.context()) }
            #expect(nothing?.code == "no-such-release")
            // What a console makes for a folder.
            try await bucket.put("", "releases/v0/")
            #expect(await errorCode { _ = try await adopt(bucket, try bucket.context()) } == "no-such-release")
            try await bucket.put("i", "releases/v0/index.html")
            try await bucket.put("", "releases/v0/img/")
            let error = await describedError { _ = try await adopt(bucket, try bucket.context()) }
            #expect(error?.code == "foreign-entry" && error?.message.contains("`img/` has an empty part") == true)
            try await bucket.aws.s3.deleteObject("\(bucket.prefix)/releases/v0/img/")
            _ = try await adopt(bucket, try bucket.context())
            #expect(await errorCode { _ = try await adopt(bucket, try bucket.context()) } == "release-exists")
        }
    }

    enum Disturbance: String, CaseIterable, Sendable {
        case changes, changesWhatWasRead, changesAndChangesBack, adds, removes, removesTheLastOne, makesItARelease
    }

    /// What somebody else does when the first object is asked for, and when the last one was read.
    @Test(arguments: Disturbance.allCases) func refusesWhatChangesMeanwhile(what: Disturbance) async throws {
        try await BucketFixture.with { bucket in
            for number in 0..<80 { try await bucket.put("a", "releases/v0/\(100 + number).html") }
            var context = try bucket.context()
            context[HTTPKey.self] = Disturbed(client: context[HTTPKey.self]) { isLast in
                let (first, last) = ("releases/v0/100.html", "releases/v0/179.html")
                switch (what, isLast) {
                case (.changes, false), (.changesAndChangesBack, false): try await bucket.put("b", last)
                case (.changesAndChangesBack, true): try await bucket.put("a", last)
                case (.changesWhatWasRead, true): try await bucket.put("b", first)
                case (.adds, false): try await bucket.put("b", "releases/v0/new.html")
                case (.removes, false): try await bucket.aws.s3.deleteObject("\(bucket.prefix)/\(first)")
                case (.removesTheLastOne, false): try await bucket.aws.s3.deleteObject("\(bucket.prefix)/\(last)")
                case (.makesItARelease, false):
                    try await bucket.put(
                        "{\"format\":1,\"version\":\"v0\",\"created-at\":\"\",\"run\":\"r\"}\n",
                        ".runner/manifests/v0.jsonl")
                default: break
                }
            }
            let error = await describedError { _ = try await adopt(bucket, context) }
            if what == .makesItARelease {
                #expect(error?.code == "release-exists")
            } else {
                #expect(error?.code == "changed-meanwhile", "\(error?.message ?? "nothing")")
                #expect(try await bucket.keys(".runner/") == [])
            }
        }
    }

    @Test func isAReleaseLikeAnyOtherAfterwards() async throws {
        try await BucketFixture.with { bucket in
            try await bucket.put(
                "same", "releases/v0/same.css",
                headers: .init(contentType: "text/plain", cacheControl: "no-cache"))
            try await bucket.put(
                "old", "releases/v0/index.html", headers: .init(contentType: "text/plain", cacheControl: "no-cache"))
            _ = try await adopt(bucket, try bucket.context())
            let assets = try bucket.site.site("v1", ["index.html": "new", "same.css": "same"])
            let output = try await bucket.deploy("v1", assets, run: "run-1")
            #expect(output.copied == 1 && output.uploaded == 1)
            #expect(try await bucket.text("releases/v1/same.css") == "same")
        }
    }

    /// The origin path before the first deploy is what the records name as the release before.
    @Test func theReleaseBeforeTheFirstDeployIsThePreviousOne() async throws {
        try await DistributionFixture.with(path: "/PREFIX/releases/v0.9.0") { site in
            let old = try ReleaseVersion("v0.9.0")
            try await site.files(of: old)
            try await site.release("v1")
            try await site.deploy("v1", run: "run-1")
            let history = try await site.store.history(of: site.pointer)
            let before = try await site.store.releases(in: site.folder.path)
            #expect(history.lastGood(before: try ReleaseVersion("v1"), among: before) == nil)
            _ = try await site.store.adopt(old, in: try site.context(run: "adopt-1"))
            let after = try await site.store.releases(in: site.folder.path)
            #expect(history.lastGood(before: try ReleaseVersion("v1"), among: after) == old)
            try await site.deploy("v0.9.0", run: "run-2")
            #expect(try await site.path() == "/releases/v0.9.0")
        }
    }
}

/// Does something before the first object of a release is asked for, and when `179.html` was read.
private final class Disturbed: HTTPClient {
    private let client: any HTTPClient
    private let disturb: @Sendable (_ isLast: Bool) async throws -> Void
    private let done = Recorder()

    init(client: any HTTPClient, _ disturb: @escaping @Sendable (_ isLast: Bool) async throws -> Void) {
        (self.client, self.disturb) = (client, disturb)
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let isObject = request.method == .get && request.url.target.contains("/releases/v0/1")
        if isObject, done.lines.isEmpty {
            done.note("disturbed")
            try? await disturb(false)
        }
        let response = try await client.send(request)
        if isObject, request.url.target.contains("/179.html") { try? await disturb(true) }
        return response
    }
}
