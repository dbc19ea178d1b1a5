import Digest
import HTTP
import Logging
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

    private func smoke(
        _ fields: [String: Value], server: String = types, root: FilePath? = nil, target: String = "/",
        said: LogKeeper.Lines = .init()
    ) async throws -> Smoke.Output {
        let current = root ?? site.store.root.appending("current")
        return try await NginxServer.run(in: site.folder.path, root: current, server: server) { server in
            let transport = Transport(eventLoops: 1)
            var context = try site.context(run: "run-9")
            context.logger = Logger(label: "test") { _ in LogKeeper(said) }
            context[HTTPKey.self] = transport
            var fields = fields
            fields["url"] = .text(server.url(target))
            fields["store"] = .text(site.store.root.string)
            if fields["version"] == nil { fields["version"] = "v1" }
            let result: Result<Smoke.Output, any Error>
            do {
                result = .success(try await Smoke(.test(fields)).run(in: context))
            } catch {
                result = .failure(error)
            }
            await transport.shutdown()
            return try result.get()
        }
    }

    private func failure(
        _ fields: [String: Value], server: String = types, root: FilePath? = nil, target: String = "/"
    ) async throws -> SmokeFailure {
        try #require(
            await #expect(throws: SmokeFailure.self) {
                try await smoke(fields, server: server, root: root, target: target)
            })
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

    /// The web server's table of types is no reason to take a release back.
    @Test(arguments: ["all", "sample"]) func aVagueContentTypeIsTold(manifest: String) async throws {
        let server = "types { text/plain txt html; } default_type application/octet-stream;"
        let said = LogKeeper.Lines()
        let fields: [String: Value] = ["manifest": .text(manifest), "sample-size": 100]
        #expect(try await smoke(fields, server: server, said: said).passed == 35)
        let warnings = said.texts.filter { $0.hasPrefix("warning: ") }
        #expect(warnings.count == 1)
        #expect(
            warnings.first?.contains(
                "/app.js: expected the content type `text/plain`, got `application/octet-stream`") == true)
        let strict = fields.merging(["content-types": true]) { $1 }
        let failure = try await failure(strict, server: server)
        #expect(failure.message.contains("1 of 35 checks failed:\n") && failure.message.contains("/app.js: "))
        #expect(failure.help?.contains("rewrit") == false && failure.help?.contains("in between") == false)
        let lax = fields.merging(["content-types": false]) { $1 }
        #expect(try await smoke(lax, server: server, said: said).passed == 35)
        #expect(said.texts.filter { $0.hasPrefix("warning: ") }.count == 1)
    }

    /// A table of types is corrected once for all endings, not once a deploy.
    @Test func everyEndingIsNamed() async throws {
        let server = "types { text/plain txt; } default_type application/octet-stream;"
        let said = LogKeeper.Lines()
        _ = try await smoke(["manifest": "all"], server: server, said: said)
        let warnings = said.texts.filter { $0.hasPrefix("warning: ") }
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("sends `.html`, `.js` files with another content type") == true, "\(warnings)")
    }

    @Test func aContentTypeThatContradictsFails() async throws {
        let failure = try await failure(["manifest": "all"], server: "types { text/plain txt html; text/css js; }")
        #expect(failure.message.contains("1 of 35 checks failed:\n"))
        #expect(failure.message.hasSuffix("/app.js: expected the content type `text/plain`, got `text/css`"))
    }

    /// Whatever a sample draws, the verdict is the same.
    @Test(arguments: ["deny all;", "return 404;"]) func aDotFileThatIsRefusedIsTold(rule: String) async throws {
        let files = ["index.html": "start", ".nojekyll": "", ".well-known/security.txt": "mail us"]
        try await site.deploy("v3", try site.site("third", files), run: "run-3")
        let server = Self.types + "location ~ /\\.(?!well-known) { \(rule) }"
        for fields: [String: Value] in [["manifest": "all"], ["manifest": "sample"]] {
            let said = LogKeeper.Lines()
            let fields = fields.merging(["version": "v3"]) { $1 }
            #expect(try await smoke(fields, server: server, said: said).passed == 4)
            let warnings = said.texts.filter { $0.hasPrefix("warning: the web server refuses files") }
            #expect(warnings.count == 1 && warnings.first?.contains("/.nojekyll: 40") == true)
        }
        let failure = try await failure(
            ["manifest": "all", "version": "v3"], server: Self.types + "location ~ /\\. { \(rule) }")
        #expect(failure.message.contains("1 of 4 checks failed:\n"))
        #expect(failure.message.contains("/.well-known/security.txt: expected status 200"))
    }

    @Test func aFileThatSomethingRewritesIsCalledSo() async throws {
        let server = Self.types + "sub_filter_types *; location = /app.js { sub_filter code coda; }"
        for fields: [String: Value] in [["manifest": "all"], ["manifest": "sample", "sample-size": 100], [:]] {
            let failure = try await failure(fields, server: server)
            #expect(failure.message.contains("1 of 35 checks failed:\n") && failure.message.contains("/app.js: "))
            let help = try #require(failure.help)
            #expect(help.contains("something in between has changed them: a proxy or CDN that minifies"))
            #expect(help.contains(#"`resolve: "127.0.0.1:"#) && help.contains(#":ADDRESS"`"#))
            #expect(help.contains(#"`exclude: ["**/*.js"]`"#))
        }
        // What it tells to type works.
        let fields: [String: Value] = ["manifest": "all", "exclude": ["**/*.js"]]
        #expect(try await smoke(fields, server: server).passed == 34)
        #expect(try await smoke(["exclude": ["**/*.js"]], server: server).passed == 34)
    }

    @Test func aFileOfTheReleaseBeforeIsCalledSo() async throws {
        try await deploySecond()
        let old = site.store.root.appending("releases").appending("v1")
        for fields: [String: Value] in [["manifest": "all"], ["manifest": "sample"]] {
            let failure = try await failure(fields.merging(["version": "v2"]) { $1 }, root: old)
            #expect(failure.message.contains("/pages/17.txt: expected the 4 bytes of the release"))
            #expect(failure.help?.contains("still sends that file as in the release before") == true)
            #expect(failure.help?.contains("in between") == false)
        }
    }

    @Test func whatIsLeftOutIsNotAskedFor() async throws {
        let server = Self.types + "location /pages/ { return 403; }"
        #expect(try await smoke(["manifest": "all", "exclude": ["pages/**"]], server: server).passed == 5)
        #expect(try await smoke(["manifest": "sample", "exclude": ["pages/**"]], server: server).passed == 5)
        let error = await #expect(throws: StepError.self) {
            try await smoke(["manifest": "all", "exclude": ["**"]])
        }
        #expect(error?.code == "nothing-to-check")
        let said = LogKeeper.Lines()
        #expect(try await smoke(["exclude": ["**"]], said: said).passed == 1)
        #expect(said.texts.contains("info: `exclude` leaves no file of release v1, so the page alone is checked"))
    }

    @Test func aReleaseThatIsNotThereIsNamed() async throws {
        let error = await #expect(throws: StepError.self) { try await smoke(["manifest": "all", "version": "v2"]) }
        #expect(error?.code == "no-release" && error?.message.contains("`v2`") == true)
    }

    /// Deploys `v2`, in which one of 34 files differs.
    private func deploySecond() async throws {
        var files = ["index.html": "start", "a b/ü%.txt": "odd name", "empty.txt": "", "app.js": "code"]
        for number in 0..<30 { files["pages/\(number).txt"] = number == 17 ? "news" : "page \(number)" }
        try await site.deploy("v2", try site.site("second", files, compressed: ["app.js"]), run: "run-2")
    }

    @Test func aPageAloneStandsForItsRelease() async throws {
        // Of the first release in a store, every file is asked for.
        let output = try await smoke([:])
        #expect(output.passed == 35)
        #expect(output.proof == "visitors get v1 (34 of its files were asked for)")
        #expect(try await smoke(["sample-size": 5]).passed == 6)
        try await deploySecond()
        #expect(try await smoke(["version": "v2"]).passed == 21)
    }

    @Test func aServerOfTheReleaseBeforeIsNoticed() async throws {
        try await deploySecond()
        let old = site.store.root.appending("releases").appending("v1")
        for _ in 0..<3 {
            let failure = try await failure(["version": "v2", "sample-size": 2], root: old)
            let current = site.store.root.appending("current")
            #expect(failure.message.hasPrefix("visitors do not get release v2 at http://127.0.0.1:"))
            #expect(failure.message.contains(": 1 of 3 checks failed:\nhttp://127.0.0.1:"))
            #expect(failure.message.contains("/pages/17.txt: expected the 4 bytes of the release, SHA-256 "))
            #expect(failure.message.hasSuffix(" of 7 bytes: `page 17`"))
            #expect(failure.help?.contains("another folder than \(current), or `store` is misspelt") == true)
            #expect(failure.help?.contains("`readlink -f \(current)` says\n") == true)
            #expect(failure.help?.contains("`manifest: none` checks the page alone") == true)
        }
        let missing = try await failure(
            ["version": "v2"], server: Self.types + "location /pages/17 { return 404 gone; }")
        #expect(missing.message.contains("/pages/17.txt: expected the 4 bytes of the release, SHA-256 "))
        #expect(missing.message.hasSuffix(", got status 404 with `gone`"))
    }

    /// A server may do much that is no fault of a deploy.
    @Test func aServerWithAMindOfItsOwnIsLetBe() async throws {
        let files = [
            "index.html": "start", "about.html": "about", "404.html": "not here", "app.mjs": "code",
            ".nojekyll": "", ".well-known/security.txt": "mail us", "old.php": "<?php",
        ]
        try await site.deploy("v3", try site.site("third", files), run: "run-3")
        let said = LogKeeper.Lines()
        let server = """
            types { text/plain txt html; } default_type application/octet-stream;
            error_page 404 /404.html;
            location = /404.html { internal; }
            location ~ /\\.(?!well-known) { deny all; }
            location ~ \\.php$ { return 502; }
            location = /about.html { return 301 /about; }
            location = /about { default_type text/plain; alias \(site.store.root)/current/about.html; }
            """
        #expect(try await smoke(["version": "v3"], server: server, said: said).passed == 6)
        let warnings = said.texts.filter { $0.hasPrefix("warning: ") }
        #expect(warnings.count == 1)
        #expect(
            warnings.first?.contains(
                "/app.mjs: expected the content type `text/plain`, got `application/octet-stream`") == true)
        // If the option is given, it counts.
        let failure = try await failure(["version": "v3", "content-types": true], server: server)
        #expect(failure.message.contains("1 of 6 checks failed:\n") && failure.message.contains("/app.mjs: "))
        #expect(try await smoke(["version": "v3", "content-types": false], server: server, said: said).passed == 6)
        #expect(said.texts.filter { $0.hasPrefix("warning: ") }.count == 1)
    }

    @Test func whereTheReleaseIsServedFollowsFromThePage() async throws {
        let server = Self.types + "location /site/ { alias \(site.store.root)/current/; }"
        for target in ["/pages/3.txt", "/site/", "/site/pages/3.txt", "/site/app.js?x=1"] {
            #expect(
                try await smoke(
                    [:], server: server, root: target.hasPrefix("/site/") ? "/nonexistent" : nil, target: target
                ).passed == 35)
        }
        let failure = try await failure(
            [:], server: server + "location = /health { return 200; }", root: "/nonexistent", target: "/health")
        #expect(failure.message.hasPrefix("visitors do not get release v1 at http://127.0.0.1:"))
    }

    @Test func aRedirectToAnotherHostIsNotFollowedUnasked() async throws {
        let server =
            Self.types + "location /pages/ { rewrite ^/pages/(.*) http://localhost:$server_port/moved/$1; }"
            + "location /moved/ { alias \(site.store.root)/current/pages/; }"
        let failure = try await failure([:], server: server)
        #expect(failure.message.contains("30 of 35 checks failed:\n"))
        #expect(failure.message.contains(", got a redirect to `http://localhost:"))
        #expect(try await smoke(["redirects": 2], server: server).passed == 35)
    }

    /// The step may come before the upload of the release, or before the switch to it.
    @Test func aReleaseThatIsNotLiveYetIsNotLookedFor() async throws {
        let said = LogKeeper.Lines()
        #expect(try await smoke(["version": "v2"], said: said).passed == 1)
        #expect(said.texts.contains("info: the store has no release v2 yet, so the page alone is checked"))
        let list = try site.site("second", ["index.html": "start", "new.txt": "new"])
        _ = try await perform(try site.sync("v2", list), in: try site.context(run: "run-2"))
        #expect(try await smoke(["version": "v2"], said: said).passed == 1)
        #expect(said.texts.contains("info: release v2 is not live yet, so the page alone is checked"))
    }

    @Test func aStepMaySayThatThePageIsEnough() async throws {
        let old = site.store.root.appending("releases").appending("v1").appending("pages")
        for fields: [String: Value] in [
            ["manifest": "none"], ["status": ["200", "404"], "manifest": "none"], ["status": 404],
        ] {
            let target = fields["status"] == 404 ? "/missing" : "/1.txt"
            #expect(try await smoke(fields, root: old, target: target).passed == 1)
        }
    }

    @Test func aServerThatIsBusyWithFilesIsAskedLater() async throws {
        let failure = try await failure(
            [:], server: Self.types + "location /pages/ { add_header Retry-After 12 always; return 503; }")
        #expect(failure.retryClass == .throttle && failure.retryAfter == .seconds(12))
    }
}
