import Digest
import FoundationEssentials
import Glibc
import PipelineKit
import PruneStep
import ReleaseStep
import Releases
import SwitchOriginStep
import SyncStep
import SystemPackage
import TestSupport
import Testing

/// Releases that another tool has put into a folder.
@Suite struct FolderAdoptionTests {
    let site: SiteFixture
    let clock = TestClock()
    let v0: ReleaseVersion

    init() throws {
        site = try SiteFixture()
        v0 = try ReleaseVersion("v0")
    }

    /// The time of the first file, long before the clock begins; each next file is a second later.
    private static let written = 1_600_000_000

    @discardableResult
    private func write(_ files: [String: String], to version: String = "v0") throws -> [String] {
        for (number, (key, text)) in files.sorted(by: { $0.key < $1.key }).enumerated() {
            try site.folder.write(text, to: "store/releases/\(version)/\(key)")
            let time = timespec(tv_sec: Self.written + number, tv_nsec: 0)
            utimensat(AT_FDCWD, path(key, version), [time, time], 0)
        }
        return files.keys.sorted()
    }

    private func path(_ key: String, _ version: String = "v0") -> String {
        site.store.root.string + "/releases/\(version)/\(key)"
    }

    private func gzip(_ key: String, to target: String? = nil) async throws {
        try await shell("gzip -nc '\(path(key))' > '\(path(target ?? key + ".gz"))'")
    }

    private func shell(_ line: String) async throws {
        let command = Command(
            "/bin/sh", ["-c", line], environment: ["PATH": "/usr/bin:/bin"], directory: site.folder.path)
        let status = try await SubprocessRunner(clock: SystemClock()).run(command) { _ in }
        try #require(status == .exited(0), "\(line)")
    }

    private func context(run: String = "adopt-1") throws -> StepContext { try site.context(run: run, clock: clock) }

    private func adopt() async throws -> ForeignFiles { try await site.store.adopt(v0, in: context()) }

    private func entries(_ version: String = "v0") throws -> [ManifestEntry] {
        let reader = try Manifest.Reader(site.store.path(of: .manifest(of: ReleaseVersion(version))))
        var entries: [ManifestEntry] = []
        while let entry = try reader.next() { entries.append(entry) }
        return entries
    }

    private func stamps() throws -> [String] {
        try site.files("releases").map { key in
            let status = try site.status("releases/" + key)
            return "\(key) \(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_ctim.tv_nsec)"
        }
    }

    @Test func writesTheManifestThatIsMissing() async throws {
        let keys = try write([
            "index.html": "<html>", "empty.txt": "", ".well-known/x": "x", "a/b/deep.css": "p {}", "日本語/é.html": "e",
            "app.js": String(repeating: "let a = 1\n", count: 1_000), "data.json": "{}",
            "data.json.gz": "not compressed",
            "app.js-map": "m", "only.csv.gz": "alone",
        ])
        try await gzip("app.js")
        let before = try stamps()
        let found = try await adopt()
        #expect(try stamps() == before)
        #expect(found.files == keys.count && found.compressed == 1)
        let entries = try entries()
        #expect(entries.map(\.key) == keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        let app = try #require(entries.first { $0.key == "app.js" })
        #expect(app.contentEncoding == "gzip" && app.contentType == "text/javascript; charset=utf-8")
        #expect(app.original?.size == 10_000 && app.size < 1_000)
        #expect(
            app.original?.sha256 == SHA256.hash(Array(String(repeating: "let a = 1\n", count: 1_000).utf8)).description)
        #expect(entries.first { $0.key == "data.json" }?.original == nil)
        #expect(entries.first { $0.key == "data.json.gz" }?.contentType == "application/gzip")
        let header = try Manifest.Reader(site.store.path(of: .manifest(of: v0))).header
        #expect(header.adopted && header.commit == nil && header.origin == RunOrigin(person: nil, jobURL: nil))
        // The time is that of its newest file: the compressed one was written just now, and this test's clock is
        // behind.
        #expect(header.createdAt == clock.date.timestamp && header.runID == "adopt-1")
        let manifest = site.store.path(of: .manifest(of: v0))
        #expect(try await site.store.check(v0, against: manifest, nil, .full, in: site.folder.path).isComplete)
        #expect(site.files(".runner") == ["manifests/v0.jsonl", "store.json"])
    }

    @Test func aReleaseIsAsOldAsItsNewestFile() async throws {
        try write(["a": "a", "b": "b", "c": "c"])
        _ = try await adopt()
        let header = try Manifest.Reader(site.store.path(of: .manifest(of: v0))).header
        #expect(header.createdAt == Date(timeIntervalSince1970: 1_600_000_002).timestamp)
        // So it is not taken for the one that was made last.
        try await site.deploy("v1", try site.site("v1", ["index.html": "v1"]), run: "run-1", clock: clock)
        #expect(try await find("latest").version == "v1")
    }

    /// Each command makes `x.gz` beside `x`; the flag says if the two are one file of the release.
    @Test(arguments: [
        ("gzip -nc x > x.gz", true),
        ("head -c 300000 x | gzip -nc > x.gz; tail -c +300001 x | gzip -nc >> x.gz", true),
        ("gzip -n9c x > x.gz", true),
        ("gzip -nc x > y; head -c -1 y > x.gz; rm y", false),
        ("gzip -nc x > y; head -c 20 y > x.gz; rm y", false),
        ("gzip -nc x > x.gz; echo more >> x.gz", false),
        ("(cat x; echo) | gzip -nc > x.gz", false),
        ("echo other | gzip -nc > x.gz", false),
        ("head -c 5 /dev/zero | gzip -nc > x.gz; gzip -nc x >> x.gz", false),
        (": > x.gz", false),
        ("cp x x.gz", false),
    ])
    func aCompressedFileBelongsToItsOriginalIfItIsOne(command: String, isOne: Bool) async throws {
        try write(["index.html": "i"])
        try await shell("cd '\(path(""))' && seq 1 150000 > x && \(command)")
        let found = try await adopt()
        #expect(found.compressed == (isOne ? 1 : 0))
        #expect(try entries().map(\.key) == (isOne ? ["index.html", "x"] : ["index.html", "x", "x.gz"]))
        let manifest = site.store.path(of: .manifest(of: v0))
        #expect(try await site.store.check(v0, against: manifest, nil, .full, in: site.folder.path).isComplete)
    }

    @Test func aCompressedFileOfACompressedFileIsAFile() async throws {
        try write(["x": "x"])
        try await gzip("x")
        try await gzip("x.gz")
        _ = try await adopt()
        #expect(try entries().map(\.key) == ["x", "x.gz.gz"])
    }

    @Test(arguments: [
        ("ln -s index.html v0/link", "`link` is a link"),
        ("ln -s ../../shared v0/log; ln -s nowhere v0/a", "`a` is a link, `log` is a link"),
        ("mkfifo v0/pipe", "`pipe` is neither a file nor a folder"),
        ("for i in 1 2 3 4 5 6 7; do ln -s x v0/l$i; done", "`l5` is a link, and 2 more"),
        ("mv v0 elsewhere; ln -s elsewhere v0", "is a link or a file, and a release must be a folder"),
        ("rm -r v0; touch v0", "is a link or a file, and a release must be a folder"),
        ("printf x > \"v0/$(printf 'a\\377')\"", "holds a name that is not UTF-8"),
        (
            "d=v0; for i in 1 2 3 4 5; do d=$d/$(printf '%0250d' 1); mkdir $d; done; touch $d/x",
            "is longer than 1,024 bytes"
        ),
    ])
    func refusesWhatAReleaseCannotHold(command: String, words: String) async throws {
        try write(["index.html": "i"])
        try await shell("cd '\(site.store.root)/releases' && \(command)")
        let error = await describedError { _ = try await adopt() }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "nothing")")
        #expect(error?.help != nil && site.files(".runner") == [])
    }

    @Test func refusesWhatIsNotThere() async throws {
        try write(["index.html": "i"], to: "v0.9.0")
        try write(["index.html": "i"], to: "v0.8.0")
        mkdir(path("", "v0"), 0o755)
        // An empty folder, and one with empty folders only.
        for _ in 1...2 {
            let error = await describedError { _ = try await adopt() }
            #expect(error?.code == "no-such-release")
            #expect(error?.help == "releases without a manifest: v0.8.0, v0.9.0")
            mkdir(path("empty", "v0"), 0o755)
        }
        let wrong = try ReleaseVersion("v0.9.O")
        let error = await describedError { _ = try await site.store.adopt(wrong, in: try context()) }
        #expect(error?.help == "did you mean `v0.9.0`? releases without a manifest: v0, v0.8.0, v0.9.0")
        #expect(error?.message == "there are no files of v0.9.O: nothing is in \(path("", "v0.9.O").dropLast())")
    }

    @Test func refusesWhatIsAReleaseOrOnItsWay() async throws {
        try await site.deploy("v1", try site.site("v1", ["index.html": "v1"]), run: "run-1", clock: clock)
        let v1 = try ReleaseVersion("v1")
        let made = await describedError { _ = try await site.store.adopt(v1, in: try context()) }
        #expect(made?.code == "release-exists" && made?.message.contains("made by a runner, in run run-1") == true)
        try write(["index.html": "i"])
        _ = try await adopt()
        let adopted = await describedError { _ = try await adopt() }
        #expect(adopted?.code == "release-exists" && adopted?.message.contains("adopted, in run adopt-1") == true)
        for (record, code) in [
            (StoreRecord.incoming(v1), "upload-unfinished"), (.trash(v1), "retirement-unfinished"),
        ] {
            let from = try await site.store.exists(.manifest(of: v1)) ? StoreRecord.manifest(of: v1) : .incoming(v1)
            try await site.store.move(from, to: record)
            #expect(await errorCode { _ = try await site.store.adopt(v1, in: try context()) } == code)
        }
    }

    /// What happens while the files are read.
    @Test(arguments: [
        "echo more >> v0/key-000.txt", "printf new > v0/key-399.txt", "touch -d @1600000000 v0/key-010.txt",
        "cp -p v0/key-390.txt x; mv x v0/key-390.txt", "rm v0/key-001.txt", "rm v0/key-399.txt", "touch v0/zzz",
        "touch v0/.a", "ln -s x v0/m", "mv v0 old; cp -rp old v0", "mv v0/key-200.txt v0/key-200.html",
        "printf kex > v0/key-100.txt; touch -d @1600000100 v0/key-100.txt",
    ])
    func refusesWhatChangesMeanwhile(command: String) async throws {
        let keys = (0..<400).map { "key-" + String("00\($0)".suffix(3)) + ".txt" }
        try write(Dictionary(uniqueKeysWithValues: keys.map { ($0, "key") }))
        let begun = Recorder()
        let line = "cd '\(site.store.root)/releases' && \(command)"
        var context = try context()
        context.progress = Progress { _ in
            guard begun.lines.isEmpty else { return }
            begun.note("changed")
            #expect(Self.typed(line))
        }
        let error = await describedError { _ = try await site.store.adopt(v0, in: context) }
        #expect(error?.code == "changed-meanwhile" && error?.message.contains("no manifest was written") == true)
        #expect(begun.lines == ["changed"] && site.files(".runner") == [])
        // When it is quiet again, nothing is in the way.
        if !command.contains("ln -s") {
            _ = try await adopt()
            #expect(site.files(".runner") == ["manifests/v0.jsonl", "store.json"])
        }
    }

    private static func typed(_ line: String) -> Bool {
        line.withCString { system($0) } == 0
    }

    @Test func writesNothingWithoutItsLease() async throws {
        try write(["index.html": "i"])
        var context = try context()
        context.leases = Leases([site.store.resource: LostLease(resource: site.store.resource)])
        #expect(await errorCode { _ = try await site.store.adopt(v0, in: context) } == "lease-lost")
        #expect(site.files(".runner") == [])
    }

    // MARK: What is done with it afterwards

    private func find(_ select: String) async throws -> Release.Output {
        let step = try Release(.test(["store": .text(site.store.root.string), "select": .text(select)]))
        return try await perform(step, in: site.context(step: "release"))
    }

    private var current: String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: site.store.root.string + "/current")
    }

    /// The first deploy knew only the name of what was live before it.
    @Test func theReleaseBeforeTheFirstDeployIsThePreviousOne() async throws {
        try write(["index.html": "old"])
        symlink("releases/v0", site.store.root.string + "/current")
        try await site.deploy("v1", try site.site("v1", ["index.html": "v1"]), run: "run-1", clock: clock)
        let missing = await describedError { _ = try await find("previous") }
        #expect(missing?.code == "no-previous-release")
        let advice = "`runner adopt file://\(site.store.root) v0`"
        #expect(missing?.help?.hasPrefix("v0 was there before and has no manifest: \(advice) makes one; or") == true)
        let named = await describedError { _ = try await find("v0") }
        #expect(named?.help?.hasPrefix("\(advice) makes a release of it") == true)
        _ = try await adopt()
        #expect(try await find("previous").version == "v0")
        clock.advance(by: .seconds(60))
        let back = try site.switchOrigin("v0") { $0.allowOlder = true }
        _ = try await perform(back, in: site.context(run: "run-2", clock: clock))
        #expect(current == "releases/v0" && site.text("current/index.html") == "old")
        #expect(await errorCode { _ = try await find("previous") } == "no-previous-release")
        #expect(try await find("latest").version == "v1")
    }

    /// Another tool may write into its files, so that none of them is shared.
    @Test func unchangedFilesAreCopiedFromItAndNotLinked() async throws {
        try write(["same.css": "same", "index.html": "old", "touched.css": "right"])
        _ = try await adopt()
        // The same size, and other bytes: what the manifest says is not there any more.
        try site.folder.write("wrong", to: "store/releases/v0/touched.css")
        let assets = try SyncAssets.list(
            ["same.css": "same", "index.html": "new", "touched.css": "right"], in: site)
        let output = try await perform(try site.sync("v1", assets), in: site.context(run: "run-1", clock: clock))
        #expect(output.copied == 1 && output.uploaded == 2)
        #expect(site.text("releases/v1/touched.css") == "right")
        #expect(try site.status("releases/v1/same.css").st_ino != site.status("releases/v0/same.css").st_ino)
    }

    @Test func openPagesFindTheFilesOfBothAndNoneIsShared() async throws {
        try write(["index.html": "old", "assets/old.js": "old"])
        symlink("releases/v0", site.store.root.string + "/current")
        let assets = try site.site("v1", ["index.html": "new", "assets/new.js": "new"])
        _ = try await perform(try site.sync("v1", assets), in: site.context(run: "run-1", clock: clock))
        _ = try await adopt()
        let match = try Glob("assets/**")
        let step = try site.switchOrigin("v1") { options in
            var overlap = OverlapOptions()
            overlap.match = match
            options.overlap = overlap
        }
        _ = try await perform(step, in: site.context(run: "run-1", step: "switch", clock: clock))
        #expect(site.text("releases/v1/assets/old.js") == "old" && site.text("releases/v0/assets/new.js") == "new")
        for key in ["assets/old.js", "assets/new.js"] {
            #expect(try site.status("releases/v0/" + key).st_nlink == 1)
        }
    }

    @Test func pruneLeavesItUnlessItIsAskedForIt() async throws {
        try write(["index.html": "old"])
        symlink("releases/v0", site.store.root.string + "/current")
        for version in ["v1", "v2", "v3"] {
            try await site.deploy(
                version, try site.site(version, ["index.html": version]), run: "run-\(version)", clock: clock)
            clock.advance(by: .seconds(7_200))
        }
        func prune(_ fields: [String: Value] = [:]) async throws -> Prune.Output {
            let own: [String: Value] = ["store": .text(site.store.root.string), "keep": 1]
            let step = try Prune(.test(own.merging(fields) { $1 }))
            return try await perform(step, in: site.context(run: "run-9", step: "prune", clock: clock))
        }
        // Without a manifest it is not the runner's.
        #expect(try await prune().deleted == 1)
        #expect(site.text("releases/v0/index.html") == "old" && !site.exists("releases/v1"))
        _ = try await adopt()
        #expect(try await prune().deleted == 0)
        #expect(site.text("releases/v0/index.html") == "old")
        #expect(try await prune(["adopted": true]).deleted == 1)
        #expect(!site.exists("releases/v0") && site.files(".runner/manifests") == ["v2.jsonl", "v3.jsonl"])
    }
}

private struct LostLease: Lease {
    let resource: Resource
    func confirm() async throws { throw LeaseLost(resource) }
    func release() async {}
}

/// Asset lists with the types that a build's files have, so that they are the same as adopted ones.
private enum SyncAssets {
    static func list(_ files: [String: String], in site: SiteFixture) throws -> String {
        let list = site.folder["adopted-assets.jsonl"]
        let writer = try AssetList.Writer(list)
        for (key, text) in files.sorted(by: { $0.key < $1.key }) {
            try site.folder.write(text, to: "project/adopted/\(key)")
            try writer.write(
                Asset(
                    key: key, path: site.folder["project/adopted/\(key)"].string, size: text.utf8.count,
                    sha256: SHA256.hash(text.utf8).description, contentType: ContentType.of(key)))
        }
        try writer.finish()
        return list.string
    }
}
