import Glibc
import Logging
import PipelineKit
import Releases
import SystemPackage
import SwitchOriginStep
import SyncStep
import Testing
import TestSupport

@Suite struct SyncTests {
    let site: SiteFixture

    init() throws { site = try SiteFixture() }

    private static let first = ["index.html": "one", "a/style.css": "css", "a/app.js": "js", "empty.txt": ""]

    @Test func makesARelease() async throws {
        let assets = try site.site("one", Self.first, compressed: ["a/app.js"])
        let output = try await perform(try site.sync("v1", assets), in: try site.context())
        #expect(output.uploaded == 4 && output.copied == 0 && output.skipped == 0 && output.files == 4)
        #expect(output.created && output.bytes == 3 + 3 + 2 + "js".utf8.gzipped.count)
        #expect(site.files("releases/v1") == ["a/app.js", "a/app.js.gz", "a/style.css", "empty.txt", "index.html"])
        #expect(site.text("releases/v1/a/app.js.gz") == String(decoding: "js".utf8.gzipped, as: UTF8.self))
        let (plain, compressed) = (
            try site.status("releases/v1/a/app.js"), try site.status("releases/v1/a/app.js.gz")
        )
        #expect(
            plain.st_mtim.tv_sec == compressed.st_mtim.tv_sec && plain.st_mtim.tv_nsec == compressed.st_mtim.tv_nsec)
        #expect(plain.st_mode & 0o777 == 0o644)
        for folder in ["", "releases", "releases/v1", "releases/v1/a"] {
            #expect(try site.status(folder).st_mode & 0o777 == 0o755, "\(folder)")
        }
        #expect(output.manifest == site.store.root.string + "/.runner/manifests/v1.jsonl")
        #expect(!site.exists(".runner/incoming/v1.jsonl"))
        let manifest = try Manifest.Reader(FilePath(output.manifest))
        var keys: [String] = []
        while let entry = try manifest.next() { keys.append(entry.key) }
        #expect(keys == ["a/app.js", "a/style.css", "empty.txt", "index.html"])
        #expect(manifest.header.runID == "run-1")
    }

    /// `run` makes the release that `prepare` has looked at. An older runner's journal does not say how many files it has:
    /// then the list is read again.
    @Test(arguments: [true, false])
    func theManifestIsWrittenOnce(_ isCounted: Bool) async throws {
        let clock = TestClock()
        let context = try site.context(clock: clock)
        let step = try site.sync("v1", try site.site("one", Self.first))
        var found = try #require(try await before(step, in: context))
        #expect(found.files == 4)
        if !isCounted { found.files = nil }
        clock.advance(by: .seconds(60))
        let output = try await step.run(from: found, in: context)
        #expect(output.files == 4 && output.uploaded == 4)
        let written = try Manifest.Reader(FilePath(output.manifest)).header.createdAt
        #expect(written == (isCounted ? "2026-01-01T00:00:00Z" : "2026-01-01T00:01:00Z"))
    }

    /// A hashed name is kept for a year, unless the release before has other bytes under it.
    @Test func hashedNamesAreKeptForAYear() async throws {
        func cacheControl(_ version: String) throws -> [String: String] {
            let reader = try Manifest.Reader(site.store.root.appending(".runner/manifests/\(version).jsonl"))
            var found: [String: String] = [:]
            while let entry = try reader.next() { found[entry.key] = entry.cacheControl }
            return found
        }
        let year = "public, max-age=31536000, immutable"
        var files = ["index.html": "1", "app.3f2a9c1b.js": "1", "main-5UVRHLK2.js": "1", "logo.png": "1"]
        func deploy(_ version: String, immutable: [Glob] = []) async throws -> [String] {
            for (key, text) in files { try site.folder.write(text, to: "project/public/\(key)") }
            let lines = LogKeeper.Lines()
            var context = try site.context(run: "run-\(version)")
            context.logger = Logger(label: "sync") { _ in LogKeeper(lines) }
            let sync = try site.sync(version, "") { ($0.source, $0.immutable) = ("public", immutable) }
            _ = try await perform(sync, in: context)
            _ = try await perform(
                try site.switchOrigin(version), in: try site.context(run: "run-\(version)", step: "switch"))
            return lines.texts.filter { $0.contains("looks like a content hash") }
        }
        #expect(try await deploy("v1").isEmpty)
        #expect(
            try cacheControl("v1") == [
                "index.html": "no-cache", "app.3f2a9c1b.js": year, "main-5UVRHLK2.js": year, "logo.png": "no-cache",
            ])
        files["app.3f2a9c1b.js"] = "2"
        let said = try await deploy("v2")
        #expect(
            said.count == 1 && said.first?.contains("`app.3f2a9c1b.js`") == true)
        #expect(try cacheControl("v2")["app.3f2a9c1b.js"] == "no-cache")
        #expect(try cacheControl("v2")["main-5UVRHLK2.js"] == year)
        // Nothing has changed since: nobody is warned, and the name is believed no more.
        #expect(try await deploy("v3").isEmpty)
        #expect(try cacheControl("v3") == cacheControl("v2"))
        // Whoever says that it is a hash must hear that it is none.
        #expect(try await deploy("v4", immutable: [try Glob("app.*")]).count == 1)
        #expect(try cacheControl("v4")["app.3f2a9c1b.js"] == "no-cache")
    }

    /// The site's own compressed file is the one beside its original, and is there once.
    @Test func compressedFilesOfTheSiteAreNotInTheWay() async throws {
        let made = try AssetList.Reader(
            FilePath(try site.site("made", ["app.js": "js", "b.js": "b"], compressed: ["app.js", "b.js"])))
        var (app, other) = (try #require(try made.next()), try #require(try made.next()))
        let own = Asset(
            key: "app.js.gz", path: app.path, size: app.size, sha256: app.sha256, contentType: "text/plain",
            contentEncoding: "gzip")
        app.gzip = app.path
        other.gzip = nil
        let list = site.folder["taken.jsonl"].string
        let writer = try AssetList.Writer(FilePath(list))
        for asset in [app, own, other] { try writer.write(asset) }
        try writer.finish()
        let output = try await perform(
            try site.sync("v1", list) { $0.verify = .full }, in: try site.context())
        #expect(output.files == 3 && output.created)
        #expect(site.files("releases/v1") == ["app.js", "app.js.gz", "b.js", "b.js.gz"])
        #expect(site.text("releases/v1/app.js.gz") == String(decoding: "js".utf8.gzipped, as: UTF8.self))
        // Nothing is copied twice into the next release either, and taking it back leaves nothing.
        let next = try site.sync("v2", list)
        let found = try #require(try await before(next, in: try site.context(run: "run-2")))
        _ = try await next.run(from: found, in: try site.context(run: "run-2"))
        #expect(site.files("releases/v2") == ["app.js", "app.js.gz", "b.js", "b.js.gz"])
        try await next.rollback(to: found, in: try site.context(run: "run-2"))
        #expect(!site.exists("releases/v2"))
    }

    /// Servers send `d.json.gz` in the place of `d.json`, so that it must not come from another release.
    @Test func overlapGivesNoFileACompressedFormOfAnother() async throws {
        func deploy(_ version: String, _ files: [String: String], compressed: Set<String> = []) async throws {
            let list = try site.site(version, files, compressed: compressed)
            _ = try await perform(try site.sync(version, list), in: try site.context(run: version))
            let glob = try Glob("a/**")
            let step = try site.switchOrigin(version) { options in
                var overlap = OverlapOptions()
                (overlap.match, overlap.releases) = (glob, 2)
                options.overlap = overlap
            }
            _ = try await perform(step, in: try site.context(run: version, step: "switch"))
        }
        try await deploy("v1", ["a/d.json": "1", "a/d.json.gz": "packed 1", "a/old.js": "old", "a/b.js": "b"])
        try await deploy(
            "v2", ["a/d.json": "2", "a/b.js": "b2", "a/b.js.br": "packed b2", "a/c.js": "c"], compressed: ["a/c.js"])
        #expect(
            site.files("releases/v2") == [
                "a/b.js", "a/b.js.br", "a/c.js", "a/c.js.gz", "a/d.json", "a/old.js",
            ])
        #expect(site.files("releases/v1") == ["a/b.js", "a/c.js", "a/c.js.gz", "a/d.json", "a/d.json.gz", "a/old.js"])
        // The other way round: a compressed form that has lost its original keeps that away, too.
        try await deploy("v3", ["a/c.js.gz": "something else"])
        #expect(site.text("releases/v3/a/c.js.gz") == "something else" && !site.exists("releases/v3/a/c.js"))
    }

    /// A folder cannot redirect anybody, but nginx can, by what the release says of itself. It knows the redirects of both
    /// releases before the switch, and visitors get those of the release that they see.
    @Test func nginxRedirectsAsTheReleaseSays() async throws {
        let files = ["docs/v2/index.html": "docs", "index.html": "home", "same.html": "same"]
        func deploy(_ version: String, _ redirects: [String: String]) async throws {
            let step = try site.sync(version, try site.site(version, files)) {
                ($0.redirects, $0.verify) = (redirects, .full)
            }
            let output = try await perform(step, in: try site.context(run: version))
            #expect(output.files == 3 + redirects.count && output.uploaded + output.copied == 3)
        }
        @Sendable func point(_ version: String, _ turn: Int) async throws {
            _ = try await perform(
                try site.switchOrigin(version) { $0.allowOlder = true },
                in: try site.context(run: "to-\(version)-\(turn)"))
        }
        try await deploy("v1", ["old": "/docs/v1/", "gone/index.html": "https://example.org/a$b?c=\"d\""])
        try await deploy(
            "v2",
            [
                "old": "/docs/v2/", "Old": "/capital", "docs": "/docs/v2/", "a \"b\" é": "/odd",
                "en/index.html": "/en.html", String(repeating: "long/", count: 110) + "x": "/short",
            ])
        // nginx does not start if two keys differ in case alone.
        try await deploy("V2", ["old": "/docs/V2/", "only/here": "/V2"])
        try await point("v1", 1)
        #expect(site.files("releases/v2") == files.keys.sorted())
        let redirects = site.store.root.appending(".runner/redirects")
        let http = """
            map_hash_bucket_size 512;
            map "$realpath_root$uri" $redirect { default ""; include \(redirects)/*.map; }
            """
        try await NginxServer.run(
            in: try site.context(run: "nginx").folder, root: site.store.root.appending("current"),
            server: "if ($redirect) { return 301 $redirect; }", http: http
        ) { server in
            func ask(_ target: String) async throws -> String {
                let lines = Recorder()
                _ = try await SubprocessRunner(clock: SystemClock()).run(
                    Command(
                        "curl",
                        ["-s", "-o", "/dev/null", "-w", "%{http_code} %header{location}\n", server.url(target)],
                        environment: ["PATH": "/usr/bin:/bin"], directory: "/")
                ) { lines.note($0.text) }
                return lines.lines.joined().replacing(server.url(""), with: "")
            }
            #expect(try await ask("/old") == "301 /docs/v1/")
            #expect(try await ask("/gone/") == "301 https://example.org/a%24b?c=\"d\"")
            #expect(try await ask("/gone/index.html").hasPrefix("301 https://example.org/"))
            #expect(try await ask("/docs/v2/index.html") == "200 ")
            try await point("v2", 2)
            #expect(try await ask("/old") == "301 /docs/v2/")
            #expect(try await ask("/Old") == "301 /capital")
            #expect(try await ask("/docs") == "301 /docs/v2/")
            for page in ["/en/index.html", "/en/", "/en"] { #expect(try await ask(page) == "301 /en.html") }
            #expect(try await ask("/" + String(repeating: "long/", count: 110) + "x") == "301 /short")
            #expect(try await ask("/a%20%22b%22%20%C3%A9") == "301 /odd")
            #expect(try await ask("/gone/") == "404 ")
            try await point("v1", 3)
            #expect(try await ask("/old") == "301 /docs/v1/")
            try await point("V2", 4)
            #expect(try await ask("/only/here") == "301 /V2")
        }
        // The same again is nothing to do, and other redirects are another release.
        #expect(
            try await before(
                try site.sync("v1", try site.site("v1", files)) {
                    $0.redirects = ["old": "/docs/v1/", "gone/index.html": "https://example.org/a$b?c=\"d\""]
                }, in: try site.context(run: "again")) == nil)
        let other = try site.sync("v1", try site.site("v1", files)) { $0.redirects = ["old": "/elsewhere"] }
        #expect(
            await errorCode { _ = try await perform(other, in: try site.context(run: "other")) } == "version-exists")
        try await site.store.retire(ReleaseVersion("v2"), in: try site.context(run: "retire"))
        #expect(!site.exists(".runner/redirects/v2.map") && site.exists(".runner/redirects/v1.map"))
    }

    @Test func tellsHowFarItIs() async throws {
        let told = Recorder()
        var context = try site.context()
        context.progress = Progress { told.note("\($0.done) of \($0.total.map(String.init) ?? "?") \($0.unit)") }
        _ = try await perform(try site.sync("v1", try site.site("one", Self.first)), in: context)
        #expect(told.lines.filter { $0.contains(" of ") }.sorted() == (1...4).map { "\($0) of 4 files" })
    }

    @Test func linksWhatTheReleaseBeforeHas() async throws {
        try await site.deploy("v1", try site.site("one", Self.first, compressed: ["a/app.js"]), run: "run-1")
        var second = Self.first
        second["index.html"] = "two"
        let assets = try site.site("two", second, compressed: ["a/app.js"])
        let glob = try Glob("empty.txt")
        let step = try site.sync("v2", assets) { options in
            var rule = HeaderRule()
            rule.match = glob
            rule.cacheControl = "no-store"
            options.headers = [rule]
        }
        let context = try site.context(run: "run-2")
        guard case .change(let before, let changes) = try await step.prepare(in: context) else {
            Issue.record("nothing to do")
            return
        }
        #expect(changes.first.map(\.verb) == [.copy, .copy, .replace, .replace])
        let output = try await step.run(from: before, in: context)
        #expect(output.copied == 2 && output.uploaded == 2 && output.bytes == 3)
        for (key, isShared) in ["a/app.js": true, "a/app.js.gz": true, "index.html": false, "empty.txt": false] {
            let inodes = (try site.status("releases/v1/\(key)").st_ino, try site.status("releases/v2/\(key)").st_ino)
            #expect((inodes.0 == inodes.1) == isShared, "\(key)")
        }
        #expect(site.text("releases/v1/index.html") == "one")
    }

    @Test func copiesNothingWithoutReuse() async throws {
        let assets = try site.site("one", Self.first)
        try await site.deploy("v1", assets, run: "run-1")
        let output = try await perform(
            try site.sync("v2", assets) { $0.reuse = false }, in: try site.context(run: "run-2"))
        #expect(output.uploaded == 4 && output.copied == 0)
        #expect(try site.status("releases/v2/index.html").st_nlink == 1)
    }

    @Test func linksWhatAReleaseHasThatWasNeverLive() async throws {
        let clock = TestClock()
        for (version, text) in [("v1", "one"), ("v0", "zero")] {
            let assets = try site.site(version, ["index.html": text, "same.txt": "same"])
            _ = try await perform(
                try site.sync(version, assets), in: try site.context(run: "run-" + version, clock: clock))
            clock.advance(by: .seconds(60))
        }
        let output = try await perform(
            try site.sync("v2", try site.site("two", ["index.html": "zero", "same.txt": "same"])),
            in: try site.context(run: "run-v2", clock: clock))
        // The newest of them has both, whatever its name is.
        #expect(output.copied == 2 && output.uploaded == 0)
    }

    @Test func goesOnWithAnInterruptedUpload() async throws {
        let assets = try site.site("one", Self.first, compressed: ["a/app.js"])
        let gone = try site.site("gone", ["a/old.css": "old", "index.html": "one"])
        // What a killed upload of an earlier build has left: one file whole, one cut short, one with other bytes of
        // the same size, and one that is no longer wanted.
        let killed = try site.sync("v1", gone)
        _ = try await perform(killed, in: try site.context(run: "run-0"))
        try await site.store.move(.manifest(of: ReleaseVersion("v1")), to: .incoming(ReleaseVersion("v1")))
        try site.folder.write("c", to: "store/releases/v1/a/style.css")
        try site.folder.write("??", to: "store/releases/v1/a/app.js")
        let output = try await perform(try site.sync("v1", assets), in: try site.context())
        #expect(output.skipped == 1 && output.uploaded == 3)
        #expect(site.files("releases/v1") == ["a/app.js", "a/app.js.gz", "a/style.css", "empty.txt", "index.html"])
        #expect(site.text("releases/v1/a/app.js") == "js")
        #expect(site.text("releases/v1/a/style.css") == "css")
    }

    @Test func neverWritesThroughASharedFile() async throws {
        let assets = try site.site("one", ["index.html": "one"])
        try await site.deploy("v1", assets, run: "run-1")
        let second = try site.site("two", ["index.html": "two"])
        // An interrupted v2 whose file is still shared with v1.
        _ = try await perform(try site.sync("v2", assets), in: try site.context(run: "run-2"))
        try await site.store.move(.manifest(of: ReleaseVersion("v2")), to: .incoming(ReleaseVersion("v2")))
        #expect(try site.status("releases/v2/index.html").st_nlink == 2)
        _ = try await perform(try site.sync("v2", second), in: try site.context(run: "run-3"))
        #expect(site.text("releases/v1/index.html") == "one")
        #expect(site.text("releases/v2/index.html") == "two")
    }

    @Test func runningTwiceIsRunningOnce() async throws {
        let assets = try site.site("one", Self.first)
        let step = try site.sync("v1", assets)
        let context = try site.context()
        let state = try #require(try await before(step, in: context))
        _ = try await step.run(from: state, in: context)
        let again = try await step.run(from: state, in: context)
        #expect(again.uploaded == 0 && again.created && again.files == 4)
        let output = try await perform(try site.sync("v1", assets), in: try site.context(run: "run-2"))
        #expect(output.skipped == 4 && !output.created)
    }

    @Test func aReleaseDoesNotChange() async throws {
        try await site.deploy("v1", try site.site("one", Self.first), run: "run-1")
        let other = try site.site("two", ["index.html": "two", "new.txt": "new"])
        let error = await #expect(throws: StepError.self) {
            try await perform(try site.sync("v1", other), in: try site.context(run: "run-2"))
        }
        #expect(error?.code == "version-exists")
        #expect(error?.message.contains("index.html (content)") == true)
        #expect(error?.message.contains("new.txt (added)") == true)
        #expect(error?.message.contains("a/app.js (removed)") == true)
        let code = await errorCode {
            _ = try await perform(
                try site.sync("v1", other) { $0.overwrite = true }, in: try site.context(run: "run-2"))
        }
        #expect(code == "release-in-use")
        #expect(site.text("releases/v1/index.html") == "one")
    }

    @Test func overwritesWhatNobodyUses() async throws {
        _ = try await perform(try site.sync("v1", try site.site("one", Self.first)), in: try site.context())
        let other = try site.site("two", ["index.html": "two"])
        let step = try site.sync("v1", other) { $0.overwrite = true }
        let context = try site.context(run: "run-2")
        let state = try #require(try await before(step, in: context))
        #expect(state.state == .complete)
        _ = try await step.run(from: state, in: context)
        #expect(site.files("releases/v1") == ["index.html"])
        #expect(site.text("releases/v1/index.html") == "two")
        await #expect(throws: NotUndoable.self) { try await step.rollback(to: state, in: context) }
        #expect(site.text("releases/v1/index.html") == "two", "its old content is gone, so that the new one stays")
    }

    @Test func restoresAReleaseThatItHadNotBegunToOverwrite() async throws {
        _ = try await perform(try site.sync("v1", try site.site("one", Self.first)), in: try site.context())
        let step = try site.sync("v1", try site.site("two", ["index.html": "two"])) { $0.overwrite = true }
        let context = try site.context(run: "run-2")
        let state = try #require(try await before(step, in: context))
        try await site.store.move(.manifest(of: ReleaseVersion("v1")), to: .incoming(ReleaseVersion("v1")))
        try await step.rollback(to: state, in: context)
        #expect(try await site.store.isComplete(ReleaseVersion("v1")))
        #expect(site.text("releases/v1/index.html") == "one")
    }

    @Test func refusesAFileThatChangedMeanwhile() async throws {
        for (name, text) in ["same-size": "two", "longer": "longer", "shorter": ""] {
            let assets = try site.site(name, ["index.html": "one", "b.txt": "b"])
            try site.folder.write(text, to: "project/\(name)/index.html")
            let error = await #expect(throws: StepError.self) {
                try await perform(try site.sync("v-\(name)", assets), in: try site.context(run: name))
            }
            #expect(error?.code == "source-changed" && error?.message.contains("`index.html`") == true)
            #expect(!site.exists("releases/v-\(name)/index.html"))
            #expect(!site.exists(".runner/manifests/v-\(name).jsonl"))
        }
    }

    @Test func keepsNastyNames() async throws {
        let names = [
            "a b.txt", "a+b.txt", "a%20b.txt", "%2e%2e", "🎉/日本語.html", "caf\u{e9}.txt", "cafe\u{301}.txt",
            ".well-known/security.txt", "..a/b", "a\nb", "\"quoted\"", "back\\slash", "-rf", "*?[x]{a,b}", "empty",
            "x.gz", "a!", "a/b",
        ]
        let files = Dictionary(
            uniqueKeysWithValues: names.filter { !$0.utf8.elementsEqual("cafe\u{301}.txt".utf8) }.map {
                ($0, "is \($0)")
            })
        var assets = try site.site("one", files)
        // A dictionary takes the two spellings of é for one key, as Swift's strings do.
        assets = try site.adding("cafe\u{301}.txt", text: "decomposed", to: assets)
        let output = try await perform(try site.sync("v1", assets) { $0.verify = .full }, in: try site.context())
        #expect(output.files == names.count)
        #expect(site.files("releases/v1").count == names.count)
        #expect(site.text("releases/v1/cafe\u{301}.txt") == "decomposed")
        #expect(site.text("releases/v1/caf\u{e9}.txt") == "is caf\u{e9}.txt")
        let again = try await perform(try site.sync("v1", assets), in: try site.context(run: "run-2"))
        #expect(!again.created)
    }

    @Test(arguments: ["link", "pipe", "folder", "missing"])
    func refusesWhatIsNoFile(what: String) async throws {
        let assets = try site.site("one", ["index.html": "one", "odd": "odd"])
        let path = site.folder["project/one/odd"].string
        unlink(path)
        switch what {
        case "link":
            // With the right bytes behind it: only that it is a link is wrong.
            try site.folder.write("odd", to: "elsewhere/odd")
            symlink(site.folder["elsewhere/odd"].string, path)
        case "pipe": mkfifo(path, 0o644)
        case "folder": mkdir(path, 0o755)
        default: break
        }
        let error = await describedError { _ = try await perform(try site.sync("v1", assets), in: try site.context()) }
        #expect(error?.message.contains("project/one/odd") == true)
        #expect(!site.exists(".runner/manifests/v1.jsonl"))
    }

    @Test func doesNotWriteThroughALinkInTheRelease() async throws {
        let assets = try site.site("one", ["a/index.html": "one"])
        try site.folder.write("mine", to: "elsewhere/index.html")
        _ = try await perform(try site.sync("v1", try site.site("zero", ["b": "b"])), in: try site.context())
        try await site.store.move(.manifest(of: ReleaseVersion("v1")), to: .incoming(ReleaseVersion("v1")))
        symlink(site.folder["elsewhere"].string, site.store.root.string + "/releases/v1/a")
        let code = await errorCode { _ = try await perform(try site.sync("v1", assets), in: try site.context()) }
        #expect(code == "strange-file")
        let text = String(decoding: try DurableFile.read(site.folder["elsewhere/index.html"]), as: UTF8.self)
        #expect(text == "mine")
    }

    @Test func leavesAFolderThatNoRecordNames() async throws {
        try site.folder.write("by hand", to: "store/releases/v1/index.html")
        let assets = try site.site("one", ["index.html": "one"])
        let code = await errorCode { _ = try await perform(try site.sync("v1", assets), in: try site.context()) }
        #expect(code == "unknown-release")
        #expect(site.text("releases/v1/index.html") == "by hand")
    }

    @Test func listsASourceByItself() async throws {
        for (key, text) in Self.first { try site.folder.write(text, to: "project/public/\(key)") }
        let step = try site.sync("v1", "") { options in
            options.assets = nil
            options.source = "public"
        }
        let state = try #require(try await before(step, in: try site.context()))
        // What came after the look is not in the release.
        try site.folder.write("late", to: "project/public/late.txt")
        let output = try await step.run(from: state, in: try site.context())
        #expect(output.files == 4 && site.files("releases/v1").count == 4)
        let entry = try Manifest.Reader(FilePath(output.manifest)).next()
        #expect(entry?.contentType == "text/javascript; charset=utf-8")
    }

    @Test func refusesAnEmptySite() async throws {
        let assets = try site.site("one", [:])
        let code = await errorCode { _ = try await perform(try site.sync("v1", assets), in: try site.context()) }
        #expect(code == "empty-release")
    }

    @Test func fullVerificationReadsEveryByte() async throws {
        let assets = try site.site("one", Self.first)
        try await site.deploy("v1", assets, run: "run-1")
        // Somebody has edited a live file in place; its size is the same, so that it is shared once more.
        try site.folder.write("oNe", to: "store/releases/v1/index.html")
        let error = await #expect(throws: StepError.self) {
            try await perform(try site.sync("v2", assets) { $0.verify = .full }, in: try site.context(run: "run-2"))
        }
        #expect(error?.code == "incomplete-release" && error?.message.contains("`index.html`") == true)
    }
}

extension SiteFixture {
    /// The list with one more asset, in the order of its key.
    func adding(_ key: String, text: String, to list: String) throws -> String {
        let single = try site("single", [key: text])
        let readers = [try AssetList.Reader(FilePath(list)), try AssetList.Reader(FilePath(single))]
        var assets: [Asset] = []
        for reader in readers { while let asset = try reader.next() { assets.append(asset) } }
        let both = folder["both.jsonl"]
        let writer = try AssetList.Writer(both)
        for asset in assets.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            try writer.write(asset)
        }
        try writer.finish()
        return both.string
    }
}
