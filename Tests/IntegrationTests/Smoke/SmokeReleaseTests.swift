import Digest
import HTTP
import PipelineKit
import Releases
import SmokeStep
import SystemPackage
import TestSupport
import Testing

/// `manifest`: a release of a folder store, served by nginx from `current`.
@Suite(.serialized) struct SmokeReleaseTests {
    private let site: SiteFixture
    private static let types = "types { text/plain txt html js; }"

    init() async throws {
        site = try SiteFixture()
        var files = ["index.html": "start", "a b/ü%.txt": "odd name", "empty.txt": "", "app.js": "code"]
        for number in 0..<30 { files["pages/\(number).txt"] = "page \(number)" }
        let list = try site.site("public", files, compressed: ["app.js"])
        try await site.deploy("v1", list, run: "run-1")
    }

    private func smoke(_ fields: [String: Value], server: String = types) async throws -> Smoke.Output {
        let current = site.store.root.appending("current")
        return try await NginxServer.run(in: site.folder.path, root: current, server: server) { server in
            let transport = Transport(lanes: 1)
            var context = try site.context(run: "run-2")
            context[HTTPKey.self] = transport
            var fields = fields
            fields["url"] = .text(server.url())
            fields["store"] = .text(site.store.root.string)
            if fields["version"] == nil { fields["version"] = "v1" }
            let result: Result<Smoke.Output, any Error>
            do {
                result = .success(try await Smoke(.test(fields)).run(from: Nothing(), in: context))
            } catch {
                result = .failure(error)
            }
            await transport.shutdown()
            return try result.get()
        }
    }

    private func failure(_ fields: [String: Value], server: String = types) async throws -> SmokeFailure {
        try #require(await #expect(throws: SmokeFailure.self) { try await smoke(fields, server: server) })
    }

    @Test func allFilesAreAsTheManifestSays() async throws {
        #expect(try await smoke(["manifest": "all"], server: Self.types + "gzip_static on;").passed == 35)
    }

    /// A file is compared as the page itself, whatever the server makes of it.
    @Test(arguments: [
        // As a bucket does.
        "location = /app.js { gzip_static always; }", "gzip on; gzip_types *; gzip_min_length 1;",
    ])
    func whatTheServerCompressesIsComparedAsThePage(server: String) async throws {
        #expect(try await smoke(["manifest": "all"], server: Self.types + server).passed == 35)
    }

    /// Puts another script into the release, as something else may have stored it.
    private func store(_ bytes: [UInt8], encoding: String) throws {
        let manifest = "store/.runner/manifests/v1.jsonl"
        let text = try String(decoding: DurableFile.read(site.folder[manifest]), as: UTF8.self)
        let lines = text.split(separator: "\n").map { line in
            guard line.contains(#""key":"app.js""#) else { return String(line) }
            return #"{"key":"app.js","size":\#(bytes.count),"sha256":"\#(SHA256.hash(bytes))","#
                + #""content-type":"text/plain",\#(encoding)"cache-control":"no-cache"}"#
        }
        try site.folder.write(lines.joined(separator: "\n") + "\n", to: manifest)
        try site.folder.write(bytes, to: "store/releases/v1/app.js")
    }

    /// Only its compressed bytes are known.
    @Test func aFileThatCameCompressedIsComparedAsItIsStored() async throws {
        let stored = "code".utf8.gzipped
        try store(stored, encoding: #""content-encoding":"gzip","#)
        let server = Self.types + "location = /app.js { add_header Content-Encoding gzip; }"
        #expect(try await smoke(["manifest": "all"], server: server).passed == 35)
        try site.folder.write("other".utf8.gzipped, to: "store/releases/v1/app.js")
        let failure = try await failure(["manifest": "all"], server: server)
        #expect(failure.message.contains("/app.js: expected the \(stored.count) bytes of the release"))
    }

    /// Some servers call every archive encoded, also one that is far longer when it is unpacked.
    @Test(arguments: [10, 17 << 20]) func anArchiveIsComparedAsItIs(size: Int) async throws {
        try store([UInt8](repeating: 0x20, count: size).gzipped, encoding: "")
        let server = Self.types + "location = /app.js { add_header Content-Encoding gzip; }"
        #expect(try await smoke(["manifest": "all"], server: server).passed == 35)
    }

    @Test func aSampleIsAskedFor() async throws {
        #expect(try await smoke(["manifest": "sample"]).passed == 21)
        #expect(try await smoke(["manifest": "sample", "sample-size": 100]).passed == 35)
    }

    @Test func indexIsAlwaysInTheSample() async throws {
        try site.folder.write("spoilt", to: "store/releases/v1/index.html")
        let failure = try await failure(["manifest": "sample", "sample-size": 1])
        #expect(failure.message.contains("1 of 2 checks failed:\n"))
        #expect(
            failure.message.hasSuffix(
                "/index.html: expected the 5 bytes of the release, SHA-256 \(SHA256.hash("start".utf8)), "
                    + "got \(SHA256.hash("spoilt".utf8)) of 6 bytes: `spoilt`"))
    }

    @Test func aFileThatIsNotServedIsFound() async throws {
        let failure = try await failure(
            ["manifest": "all"], server: Self.types + "location /pages/7 { return 403; }")
        #expect(failure.message.contains("1 of 35 checks failed:\n"))
        #expect(failure.message.contains("/pages/7.txt: expected status 200, got 403 with "))
    }

    @Test func anotherContentTypeIsFoundUnlessItIsLeftToTheServer() async throws {
        let server = "types { text/plain txt html; } default_type application/octet-stream;"
        let failure = try await failure(["manifest": "all"], server: server)
        #expect(failure.message.contains("1 of 35 checks failed:\n"))
        #expect(
            failure.message.hasSuffix("/app.js: expected the content type `text/plain`, got `application/octet-stream`")
        )
        #expect(try await smoke(["manifest": "all", "content-types": false], server: server).passed == 35)
    }

    @Test func aReleaseThatIsNotThereIsNamed() async throws {
        let error = await #expect(throws: StepError.self) { try await smoke(["manifest": "all", "version": "v2"]) }
        #expect(error?.code == "no-release" && error?.message.contains("`v2`") == true)
    }
}
