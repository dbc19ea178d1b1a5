import FoundationEssentials
import Glibc
import PipelineKit
import PruneStep
import Releases
import SystemPackage
import TestSupport
import Testing

@Suite struct PruneTests {
    let site: SiteFixture
    let clock = TestClock()

    init() throws { site = try SiteFixture() }

    private func prune(keep: Int = 1) throws -> Prune {
        try Prune(.test(["store": .text(site.store.root.string), "keep": .integer(keep)]))
    }

    private func context(run: String = "run-9", leases: Leases = .none) throws -> StepContext {
        try site.context(run: run, step: "prune", clock: clock, leases: leases)
    }

    /// Deploys releases two hours apart; each has a page of its own, and all share a style sheet.
    private func deploy(_ versions: String...) async throws {
        for version in versions {
            let assets = try site.site("site-\(version)", ["index.html": "page \(version)", "shared.css": "shared"])
            try await site.deploy(version, assets, run: "run-\(version)", clock: clock)
            clock.advance(by: .seconds(7_200))
        }
    }

    private var releases: [String] {
        (try? DurableFile.entries(of: site.store.root.appending("releases")).sorted()) ?? []
    }

    @Test func deletesTheOldOnesAndSaysSo() async throws {
        try await deploy("v1", "v2", "v3", "v4")
        guard case .change(let before, let changes) = try await prune().prepare(in: context()) else {
            Issue.record("there is something to do")
            return
        }
        #expect(
            changes.first.map { "\($0.verb.rawValue) \($0.subject)" } == [
                "remove v1", "remove v2", "keep v3", "keep v4",
            ])
        #expect(
            changes.first[0].detail == "8h old, and not the newest"
                && changes.first[3].detail == "the link `current` points at it")
        #expect(releases == ["v1", "v2", "v3", "v4"])
        let output = try await prune().run(from: journalled(before), in: context())
        // Of each, the page of its own; the style sheet is shared with releases that stay.
        #expect(output.deleted == 2 && output.kept == 2 && output.bytes == 2 * "page v1".utf8.count)
        #expect(changes.first.map(\.bytes) == [7, 7, nil, nil])
        #expect(releases == ["v3", "v4"])
        #expect(site.files(".runner/manifests") == ["v3.jsonl", "v4.jsonl"] && site.files(".runner/trash") == [])
        #expect(site.text("current/shared.css") == "shared")
        #expect(try await state(of: prune()) == nil)
    }

    private func state(of step: Prune) async throws -> Prune.Before? { try await before(step, in: context()) }

    @Test func countsWhatNobodySharesAnyMore() async throws {
        try await deploy("v1", "v2")
        for version in ["v3", "v4"] {
            let assets = try site.site("site-\(version)", ["index.html": "page \(version)"])
            try await site.deploy(version, assets, run: "run-\(version)", clock: clock)
            clock.advance(by: .seconds(7_200))
        }
        let output = try await perform(prune(), in: context())
        #expect(output.deleted == 2 && output.bytes == 2 * 7 + "shared".utf8.count)
    }

    @Test func thereIsNothingToDoForAYoungStore() async throws {
        try await deploy("v1", "v2")
        #expect(try await state(of: prune(keep: 10)) == nil)
        #expect(try await perform(prune(keep: 10), in: context()).kept == 2)
    }

    @Test func runningAgainGoesOnAndSaysTheSame() async throws {
        try await deploy("v1", "v2", "v3", "v4")
        let state = try #require(try await state(of: prune()))
        // Killed in the middle of the first one, and between the two.
        for step in 1...2 {
            if step == 1 {
                try await site.store.move(.manifest(of: ReleaseVersion("v1")), to: .trash(ReleaseVersion("v1")))
            }
            let output = try await prune().run(from: state, in: context())
            #expect(output.deleted == 2 && output.kept == 2 && output.bytes == 14)
            #expect(releases == ["v3", "v4"])
        }
    }

    @Test func finishesWhatOthersBegan() async throws {
        try await deploy("v1", "v2", "v3")
        let v1 = try ReleaseVersion("v1")
        try await site.store.move(.manifest(of: v1), to: .trash(v1))
        unlink(site.store.folder(of: v1).string + "/index.html")
        let output = try await perform(prune(keep: 10), in: context())
        #expect(output.deleted == 1 && output.kept == 2 && output.bytes == 0)
        #expect(releases == ["v2", "v3"] && site.files(".runner/trash") == [])
    }

    @Test func leavesWhatNoRecordNames() async throws {
        try await deploy("v1", "v2", "v3")
        try site.folder.write("mine", to: "store/releases/v1/notes/mine.txt")
        try site.folder.write("mine", to: "store/releases/by-hand/index.html")
        try site.folder.write("outside", to: "outside/shared.css")
        symlink("../../outside", site.store.root.string + "/releases/v1/link")
        guard case .change(_, let changes) = try await prune().prepare(in: context()) else {
            Issue.record("there is something to do")
            return
        }
        #expect(changes.first[0].detail.hasSuffix("what no record names is kept: `link`, `notes/mine.txt`"))
        let output = try await perform(prune(), in: context())
        #expect(output.deleted == 1)
        #expect(site.files("releases/v1") == ["link", "notes/mine.txt"])
        #expect(site.text("releases/by-hand/index.html") == "mine")
        #expect(try DurableFile.read(site.folder["outside/shared.css"]) == Array("outside".utf8))
    }

    @Test func deletesNothingThroughALink() async throws {
        let assets = try site.site("site-v0", ["assets/app.js": "app"])
        try await site.deploy("v0", assets, run: "run-v0", clock: clock)
        clock.advance(by: .seconds(7_200))
        try await deploy("v1", "v2")
        try site.folder.write("theirs", to: "outside/app.js")
        let folder = site.store.root.string + "/releases/v0/assets"
        unlink(folder + "/app.js")
        rmdir(folder)
        symlink(site.folder["outside"].string, folder)
        #expect(try await perform(prune(), in: context()).deleted == 1)
        #expect(site.files("releases/v0") == ["assets"])
        #expect(try DurableFile.read(site.folder["outside/app.js"]) == Array("theirs".utf8))
    }

    @Test func refusesWhereAPointerCannotBeRead() async throws {
        try await deploy("v1", "v2", "v3")
        let state = try #require(try await state(of: prune()))
        try site.folder.write("{", to: "store/.runner/pointers/link-other.json")
        #expect(await errorCode { _ = try await prune().prepare(in: context()) } == "bad-record")
        #expect(await errorCode { _ = try await prune().run(from: state, in: context()) } == "bad-record")
        try site.folder.write(#"{"kind":"distribution","name":"E1"}"#, to: "store/.runner/pointers/link-other.json")
        #expect(await errorCode { _ = try await prune().run(from: state, in: context()) } == "unknown-pointer")
        #expect(releases == ["v1", "v2", "v3"])
    }

    @Test func looksAgainBeforeItDeletes() async throws {
        try await deploy("v1", "v2", "v3", "v4")
        let state = try #require(try await state(of: prune()))
        unlink(site.store.root.string + "/current")
        symlink("releases/v1", site.store.root.string + "/current")
        let output = try await prune().run(from: state, in: context())
        #expect(output.deleted == 1 && output.kept == 3 && releases == ["v1", "v3", "v4"])
    }

    @Test func deletesNothingWithoutItsLease() async throws {
        try await deploy("v1", "v2", "v3", "v4")
        let state = try #require(try await state(of: prune()))
        let lost = Leases([site.store.resource: FleetingLease(site.store.resource, confirms: 0)])
        #expect(await errorCode { _ = try await prune().run(from: state, in: context(leases: lost)) } == "lease-lost")
        #expect(releases == ["v1", "v2", "v3", "v4"])
        // Taken over by another run after the first release.
        let fleeting = Leases([site.store.resource: FleetingLease(site.store.resource, confirms: 1)])
        #expect(
            await errorCode { _ = try await prune().run(from: state, in: context(leases: fleeting)) } == "lease-lost")
        #expect(releases == ["v2", "v3", "v4"])
    }

    @Test func keepsAReleaseWhoseManifestIsDamaged() async throws {
        try await deploy("v1", "v2", "v3")
        try site.folder.write("{\n", to: "store/.runner/manifests/v1.jsonl")
        #expect(try await perform(prune(), in: context()).deleted == 0)
        #expect(releases == ["v1", "v2", "v3"])
    }
}

/// A lease that is lost after a number of confirmations.
private final class FleetingLease: Lease {
    private let resource: Resource
    private let confirms: Int
    private let confirmed = Recorder()

    init(_ resource: Resource, confirms: Int) {
        self.resource = resource
        self.confirms = confirms
    }

    func confirm() async throws {
        guard confirmed.lines.count < confirms else { throw LeaseLost(resource) }
        confirmed.note("once")
    }

    func release() async {}
}
