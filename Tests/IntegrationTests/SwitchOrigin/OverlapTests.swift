import Glibc
import PipelineKit
import Releases
import SwitchOriginStep
import SyncStep
import SystemPackage
import TestSupport
import Testing

/// Files that two releases give to each other, in a folder.
@Suite struct OverlapTests {
    let site: SiteFixture

    init() throws { site = try SiteFixture() }

    /// Each release has a page, a file that all have, and one whose name is its own.
    private func releases(_ versions: String...) async throws {
        for version in versions {
            let assets = try site.site(
                "site-\(version)",
                [
                    "index.html": version, "assets/common.js": "all", "assets/\(version).js": "of \(version)",
                    "assets/same-name.js": "content of \(version)", "text/\(version).txt": version,
                ], compressed: ["assets/\(version).js"])
            _ = try await perform(try site.sync(version, assets), in: try site.context(run: "make-\(version)"))
        }
    }

    private func live(_ version: String, run: String, releases: Int = 1, match: String = "assets/**") async throws {
        let step = try site.switchOrigin(version) {
            $0.allowOlder = true
            $0.overlap = try? .test(["match": .text(match), "releases": .integer(releases)])
        }
        _ = try await perform(step, in: try site.context(run: run))
    }

    @Test func eachHasTheOthersFilesBesideItsOwn() async throws {
        try await releases("v1", "v2")
        try await live("v1", run: "run-1")
        #expect(site.files(".runner/overlap") == [])
        let before = ["v1", "v2"].map { site.files("releases/\($0)") }
        try await live("v2", run: "run-2")
        for (index, (own, other)) in [("v1", "v2"), ("v2", "v1")].enumerated() {
            #expect(
                Set(site.files("releases/\(own)")).subtracting(before[index])
                    == ["assets/\(other).js", "assets/\(other).js.gz"])
            #expect(site.text("releases/\(own)/assets/\(other).js") == "of \(other)")
            // Nothing that it serves has changed.
            #expect(site.text("releases/\(own)/assets/same-name.js") == "content of \(own)")
            #expect(site.text("releases/\(own)/index.html") == own)
        }
        #expect(site.files(".runner/overlap") == ["v1~v2.jsonl", "v2~v1.jsonl"])
        // A record that named it would take the release's own file along.
        #expect(site.text(".runner/overlap/v1~v2.jsonl")?.contains("same-name") == false)
        #expect(try site.status("releases/v1/assets/v1.js").st_nlink == 2)
    }

    @Test func itStaysOnTheWayBackAndGoesWithTheRelease() async throws {
        try await releases("v1", "v2")
        try await live("v1", run: "run-1")
        let step = try site.switchOrigin("v2") { $0.overlap = try? .test(["match": "assets/**"]) }
        let context = try site.context(run: "run-2")
        let state = try #require(try await before(step, in: context))
        _ = try await step.run(from: state, in: context)
        try await step.rollback(to: state, in: context)
        #expect(site.exists("releases/v1/assets/v2.js") && site.exists("releases/v2/assets/v1.js"))

        // A prune knows the files that records name, and deletes them with the release; the other keeps what it was
        // given.
        let all = try await site.store.releases(in: site.folder.path)
        let doomed = try #require(all.first { $0.version.name == "v2" })
        let contents = try await site.store.contents(of: doomed, LinkCount(), in: context.folder)
        #expect(contents.unknown == [] && contents.files == 8)
        try await site.store.retire(doomed.version, in: context)
        #expect(!site.exists("releases/v2") && site.files(".runner/overlap") == ["v1~v2.jsonl"])
        #expect(site.text("releases/v1/assets/v2.js") == "of v2")
    }

    @Test func severalReleasesBeforeAreThereWhereTheyAreAskedFor() async throws {
        try await releases("v1", "v2", "v3", "v4")
        for (number, version) in ["v1", "v2", "v3"].enumerated() { try await live(version, run: "run-\(number)") }
        try await live("v4", run: "run-4", releases: 2)
        #expect(site.exists("releases/v4/assets/v3.js") && site.exists("releases/v4/assets/v2.js"))
        #expect(!site.exists("releases/v4/assets/v1.js"))
        #expect(site.exists("releases/v3/assets/v4.js") && !site.exists("releases/v2/assets/v4.js"))
    }

    @Test func anotherPatternAddsToTheRecord() async throws {
        try await releases("v1", "v2")
        try await live("v1", run: "run-1")
        try await live("v2", run: "run-2")
        try await live("v1", run: "run-3", match: "text/**")
        #expect(site.text("releases/v1/text/v2.txt") == "v2")
        try await live("v2", run: "run-4")
        try await site.store.retire(ReleaseVersion("v1"), in: site.context())
        #expect(!site.exists("releases/v1"))
    }

    /// The run is killed before it touches the release, or while it takes out what an overlap put into it.
    @Test(arguments: [[], ["assets/v1.js.gz"], ["assets/v1.js", "assets/v1.js.gz"]])
    func anInterruptedOverwriteIsTakenBack(_ gone: [String]) async throws {
        try await releases("v1", "v2")
        try await live("v1", run: "run-1")
        try await live("v2", run: "run-2")
        try await live("v1", run: "run-3")
        let (files, v2) = (site.files("releases/v2"), try ReleaseVersion("v2"))
        let step = try site.sync("v2", try site.site("again", ["index.html": "other"])) { $0.overwrite = true }
        let context = try site.context(run: "run-4")
        let state = try #require(try await before(step, in: context))
        try await site.store.move(.manifest(of: v2), to: .incoming(v2))
        for name in gone { unlink(site.store.root.string + "/releases/v2/" + name) }
        try await step.rollback(to: state, in: context)
        #expect(site.exists(".runner/manifests/v2.jsonl") && site.files(".runner/incoming") == [])
        // What is left of the other's files cannot be told from unknown files.
        let laid = ["assets/v1.js", "assets/v1.js.gz"]
        #expect(site.files("releases/v2") == (gone == [] ? files : files.filter { !laid.contains($0) }))
        #expect(site.files(".runner/overlap") == ["v1~v2.jsonl"] + (gone == [] ? ["v2~v1.jsonl"] : []))
    }

    @Test func anOverwriteThatHasBegunIsNotTakenBack() async throws {
        try await releases("v1", "v2")
        try await live("v1", run: "run-1")
        let v2 = try ReleaseVersion("v2")
        let step = try site.sync("v2", try site.site("again", ["index.html": "other"])) { $0.overwrite = true }
        let context = try site.context(run: "run-4")
        let state = try #require(try await before(step, in: context))
        try await site.store.move(.manifest(of: v2), to: .incoming(v2))
        try site.folder.write("other", to: "store/releases/v2/index.html")
        try await step.rollback(to: state, in: context)
        #expect(!site.exists(".runner/manifests/v2.jsonl"))
    }

    @Test func aReleaseThatIsMadeAnewHasOnlyItsOwn() async throws {
        try await releases("v1", "v2")
        try await live("v1", run: "run-1")
        try await live("v2", run: "run-2")
        try await live("v1", run: "run-3")
        let assets = try site.site("again", ["index.html": "other"])
        let step = try site.sync("v2", assets) { $0.overwrite = true }
        _ = try await perform(step, in: try site.context(run: "run-4"))
        #expect(site.files("releases/v2") == ["index.html"])
        #expect(site.files(".runner/overlap") == ["v1~v2.jsonl"])
    }
}
