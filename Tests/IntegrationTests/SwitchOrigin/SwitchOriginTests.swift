import FoundationEssentials
import Glibc
import PipelineKit
import Releases
import SwitchOriginStep
import SystemPackage
import Testing
import TestSupport

@Suite struct SwitchOriginTests {
    let site: SiteFixture

    init() throws { site = try SiteFixture() }

    private var current: String? {
        var buffer = [CChar](repeating: 0, count: 1_024)
        let count = readlink(site.store.root.string + "/current", &buffer, buffer.count)
        return count < 0 ? nil : String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Releases of one file each, none of them live.
    private func releases(_ versions: String...) async throws {
        for version in versions {
            let assets = try site.site("site-\(version)", ["index.html": version])
            _ = try await perform(try site.sync(version, assets), in: try site.context(run: "make-\(version)"))
        }
    }

    /// The record of such a link is still that of a deployment.
    @Test(arguments: ["site.log", "site.undone"])
    func aLinkMayBeNamedLikeARecord(_ name: String) async throws {
        try await releases("v1", "v2")
        let step = try site.switchOrigin("v1") { $0.current = name }
        let context = try site.context(run: "run-1")
        let state = try #require(try await before(step, in: context))
        _ = try await step.run(from: state, in: context)
        #expect(try await site.store.deployments().map(\.pointer) == [Pointer(link: name)])
        try await step.rollback(to: state, in: context)
        #expect(try await site.store.deployments() == [] && !site.exists(name))
    }

    @Test func aRunSwitchesALinkOnce() async throws {
        try await releases("v1", "v2")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
        let second = try site.switchOrigin("v2")
        let error = await describedError { _ = try await perform(second, in: try site.context(run: "run-1")) }
        #expect(error?.code == "switched-before" && error?.message.contains("to v1 at") == true)
        #expect(current == "releases/v1")
    }

    @Test func pointsTheLinkAndWritesItDown() async throws {
        try await releases("v1", "v2")
        let first = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
        #expect(first.changed && first.previous == nil && first.path == site.store.root.string + "/current")
        #expect(current == "releases/v1" && site.text("current/index.html") == "v1")
        let second = try await perform(try site.switchOrigin("v2"), in: try site.context(run: "run-2"))
        #expect(second.changed && second.previous == "v1")
        #expect(current == "releases/v2")
        let deployments = try await site.store.deployments()
        #expect(deployments.map(\.version.name) == ["v2", "v1"])
        #expect(deployments.first?.previous?.name == "v1" && deployments.first?.runID == "run-2")
        #expect(site.files(".runner/pointers") == ["link-current.json"])
        #expect(site.files("").filter { $0.hasSuffix(".tmp") } == [])
    }

    @Test func thereIsNothingToDoForTheLiveRelease() async throws {
        try await releases("v1")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
        #expect(try await before(try site.switchOrigin("v1"), in: try site.context(run: "run-2")) == nil)
        let output = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-2"))
        #expect(!output.changed && output.previous == "v1")
    }

    @Test func runningTwiceIsRunningOnce() async throws {
        try await releases("v1", "v2")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
        let step = try site.switchOrigin("v2")
        let context = try site.context(run: "run-2")
        let state = try #require(try await before(step, in: context))
        _ = try await step.run(from: state, in: context)
        let again = try await step.run(from: state, in: context)
        #expect(again.changed && again.previous == "v1" && current == "releases/v2")
    }

    @Test func refusesAReleaseWithoutManifest() async throws {
        try await releases("v1")
        // A plan looks before the release is made, so only the change itself asks for it.
        let missing = try site.switchOrigin("v9")
        let before9 = try #require(try await before(missing, in: try site.context()))
        #expect(
            await errorCode { _ = try await missing.run(from: before9, in: try site.context()) }
                == "incomplete-release")
        let step = try site.switchOrigin("v1")
        let state = try #require(try await before(step, in: try site.context()))
        try await site.store.move(.manifest(of: ReleaseVersion("v1")), to: .trash(ReleaseVersion("v1")))
        #expect(await errorCode { _ = try await step.run(from: state, in: try site.context()) } == "incomplete-release")
        #expect(current == nil)
    }

    @Test func aReaderNeverMissesTheLink() async throws {
        try await releases("v1", "v2")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-0"))
        let path = site.store.root.string + "/current/index.html"
        let reader = Task.detached {
            var (reads, seen) = (0, Set<String>())
            while !Task.isCancelled {
                // A missing or dangling link throws, and so fails the test.
                seen.insert(String(decoding: try DurableFile.read(FilePath(path)), as: UTF8.self))
                reads += 1
            }
            return (reads, seen)
        }
        for number in 1...200 {
            let step = try site.switchOrigin(number.isMultiple(of: 2) ? "v1" : "v2") { $0.allowOlder = true }
            let context = try site.context(run: "run-\(1_000 + number)")
            let state = try #require(try await before(step, in: context))
            _ = try await step.run(from: state, in: context)
            guard number.isMultiple(of: 20) else { continue }
            try await step.rollback(to: state, in: context)
            _ = try await perform(step, in: try site.context(run: "run-\(1_000 + number)b"))
        }
        reader.cancel()
        let (reads, seen) = try await reader.value
        #expect(reads > 200 && seen == ["v1", "v2"])
    }

    @Test(arguments: [
        ("folder", "is a real folder, and"), ("empty", "is an empty folder, and"), ("file", "is a file, and"),
    ])
    func leavesWhatIsNoLink(what: String, words: String) async throws {
        try await releases("v1")
        switch what {
        case "folder": try site.folder.write("mine", to: "store/current/index.html")
        case "empty": mkdir(site.store.root.string + "/current", 0o755)
        default: try site.folder.write("mine", to: "store/current")
        }
        let error = await describedError { _ = try await site.switchOrigin("v1").prepare(in: try site.context()) }
        #expect(error?.code == "not-a-link" && error?.message.contains(words) == true)
        #expect(site.exists("current"))
    }

    @Test func takesTheSameLinkInOtherWords() async throws {
        try await releases("v1")
        for target in ["./releases/v1", "releases/v1/", site.store.root.string + "/releases/v1"] {
            unlink(site.store.root.string + "/current")
            symlink(target, site.store.root.string + "/current")
            #expect(try await before(try site.switchOrigin("v1"), in: try site.context()) == nil, "\(target)")
        }
    }

    /// Switches without coming to the run's end.
    private func cutOff(_ version: String, run: String) async throws {
        let step = try site.switchOrigin(version)
        let context = try site.context(run: run)
        let state = try #require(try await before(step, in: context))
        _ = try await step.run(from: state, in: context)
    }

    @Test func aSwitchWhoseRunDidNotEndIsMadeAgain() async throws {
        try await releases("v1", "v2")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
        try await cutOff("v2", run: "run-2")
        let step = try site.switchOrigin("v2")
        let context = try site.context(run: "run-3")
        let state = try #require(try await before(step, in: context))
        #expect(state.unfinished == UnfinishedSwitch(run: "run-2", lastGood: try ReleaseVersion("v1")))
        for _ in 1...2 {
            let output = try await step.run(from: state, in: context)
            #expect(output.changed && output.previous == "v2" && current == "releases/v2")
        }
        for _ in 1...2 { try await step.conclude(from: state, in: context) }
        let last = try site.context(run: "run-4")
        #expect(try await before(step, in: last) == nil)
    }

    @Test func nobodyGoesBackToAReleaseWhoseRunDidNotEnd() async throws {
        try await releases("v1", "v2", "v3")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
        try await cutOff("v2", run: "run-2")
        // The same release, and a newer one.
        for (version, run) in [("v2", "run-3"), ("v3", "run-4")] {
            if version == "v3" { try await cutOff("v2", run: "run-3b") }
            let step = try site.switchOrigin(version)
            let context = try site.context(run: run)
            let state = try #require(try await before(step, in: context))
            _ = try await step.run(from: state, in: context)
            for _ in 1...2 {
                try await step.rollback(to: state, in: context)
                #expect(current == "releases/v1")
            }
            #expect(try await site.store.deployments().map(\.runID) == ["run-1"])
        }
    }

    @Test func aReleaseThatNobodyFoundGoodStaysIfThereIsNoBetterOne() async throws {
        try await releases("v1", "v2")
        try await cutOff("v1", run: "run-1")
        let step = try site.switchOrigin("v1")
        let context = try site.context(run: "run-2")
        let state = try #require(try await before(step, in: context))
        _ = try await step.run(from: state, in: context)
        let error = await describedError { try await step.rollback(to: state, in: context) }
        #expect(error?.code == "no-good-release" && error?.message.contains("by run run-1, which did not end") == true)
        #expect(current == "releases/v1")
        // A newer one leaves visitors what they had.
        let newer = try site.switchOrigin("v2")
        let newerContext = try site.context(run: "run-3")
        let newerState = try #require(try await before(newer, in: newerContext))
        _ = try await newer.run(from: newerState, in: newerContext)
        try await newer.rollback(to: newerState, in: newerContext)
        #expect(current == "releases/v1")
    }

    /// An older runner wrote no ends.
    @Test func aRecordThatKnowsNoEndIsOfARunThatEnded() async throws {
        try await releases("v1")
        try await cutOff("v1", run: "run-1")
        let path = "store/.runner/deployments/run-1.json"
        let text = try #require(site.text(".runner/deployments/run-1.json"))
        #expect(text.contains(#""end":{"open":[]},"#))
        try site.folder.write(text.replacing(#""end":{"open":[]},"#, with: ""), to: path)
        #expect(try await before(try site.switchOrigin("v1"), in: try site.context(run: "run-2")) == nil)
    }

    /// A run that ended with 4: its release is a good one.
    @Test func whatARunHasLeftOpenIsDoneByTheNext() async throws {
        try await releases("v1", "v2")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
        let step = try site.switchOrigin("v2")
        var context = try site.context(run: "run-2")
        context.run.steps = [StepReport(id: "caches", kind: "invalidate", outcome: .unfinished, error: "no answer")]
        let state = try #require(try await before(step, in: context))
        _ = try await step.run(from: state, in: context)
        try await step.conclude(from: state, in: context)
        let next = try site.context(run: "run-3")
        let found = try #require(try await before(step, in: next))
        #expect(found.unfinished == UnfinishedSwitch(run: "run-2", open: ["caches"]))
        #expect(try await step.run(from: found, in: next).changed)
        try await step.rollback(to: found, in: next)
        #expect(current == "releases/v2")
        // `resume` does it.
        context.run.steps = []
        try await step.conclude(from: state, in: context)
        #expect(try await before(step, in: try site.context(run: "run-4")) == nil)
    }

    @Test func goesBack() async throws {
        try await releases("v1", "v2")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
        let context = try site.context(run: "run-2")
        let state = try #require(try await before(try site.switchOrigin("v2"), in: context))
        _ = try await site.switchOrigin("v2").run(from: state, in: context)
        for _ in 1...2 {
            try await site.switchOrigin("v2").rollback(to: state, in: context)
            #expect(current == "releases/v1")
        }
        #expect(site.exists(".runner/deployments/run-2.undone.json"))
        #expect(try await site.store.lastGood(of: .current)?.version.name == "v1")
        #expect(try await site.store.deployments(includingUndone: true).count == 2)
    }

    @Test func goingBackToNothingRemovesTheLink() async throws {
        try await releases("v1")
        let state = try #require(try await before(try site.switchOrigin("v1"), in: try site.context()))
        _ = try await site.switchOrigin("v1").run(from: state, in: try site.context())
        for _ in 1...2 {
            try await site.switchOrigin("v1").rollback(to: state, in: try site.context())
            #expect(current == nil && !site.exists("current"))
        }
    }

    @Test func goesBackFromBetweenTheRecordAndTheLink() async throws {
        try await releases("v1")
        let context = try site.context()
        let state = try #require(try await before(try site.switchOrigin("v1"), in: context))
        let failing = try site.context(leases: Leases([site.store.resource: LostLease(resource: site.store.resource)]))
        #expect(await errorCode { _ = try await site.switchOrigin("v1").run(from: state, in: failing) } == "lease-lost")
        #expect(current == nil && site.exists(".runner/deployments/run-1.json"))
        try await site.switchOrigin("v1").rollback(to: state, in: context)
        #expect(current == nil && site.exists(".runner/deployments/run-1.undone.json"))
    }

    @Test func doesNotGoBackOverSomebodyElse() async throws {
        try await releases("v1", "v2", "v3")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
        let context = try site.context(run: "run-2")
        let state = try #require(try await before(try site.switchOrigin("v2"), in: context))
        _ = try await site.switchOrigin("v2").run(from: state, in: context)
        _ = try await perform(try site.switchOrigin("v3"), in: try site.context(run: "run-3"))
        try await site.switchOrigin("v2").rollback(to: state, in: context)
        #expect(current == "releases/v3" && site.text(".runner/deployments/run-2.undone.json")?.contains("v3") == true)
        // The same release, and put there by somebody else.
        let own = try site.context(run: "run-4")
        let before = try #require(try await before(try site.switchOrigin("v2"), in: own))
        _ = try await site.switchOrigin("v2").run(from: before, in: own)
        _ = try await perform(try site.switchOrigin("v1") { $0.allowOlder = true }, in: try site.context(run: "run-5"))
        _ = try await perform(try site.switchOrigin("v2"), in: try site.context(run: "run-6"))
        try await site.switchOrigin("v2").rollback(to: before, in: own)
        #expect(current == "releases/v2")
    }

    /// What a site has before its first deploy, and what a plan says of it.
    static let foreignLinks: [(text: String, words: String)] = [
        ("releases/20240101", "from 20240101, which has no manifest and so is not the runner's, to v1: "),
        ("ROOT/releases/20240101", "from 20240101, which has no manifest and so is not the runner's, to v1: "),
        ("./releases//20240101/", "from 20240101, which has no manifest and so is not the runner's, to v1: "),
        ("releases/20240101/public", "from `releases/20240101/public`, which is not a release of the store, to v1: "),
        ("releases/my site", "from `releases/my site`, which is not a release of the store, to v1: "),
        ("../old-site", "from `../old-site`, which is not a release of the store, to v1: "),
        ("ROOT/../old-site", "from `ROOT/../old-site`, which is not a release of the store, to v1: "),
        // Nothing is there, and that is put back as well.
        ("releases/initial", "from initial, where there is nothing, to v1: "),
        ("../nowhere", "from `../nowhere`, where there is nothing, to v1: "),
    ]

    private func point(at text: String) {
        unlink(site.store.root.string + "/current")
        symlink(text, site.store.root.string + "/current")
    }

    /// As another tool leaves it, with a link to what its releases share.
    private func foreignSite() throws {
        try site.folder.write("old", to: "store/releases/20240101/public/index.html")
        try site.folder.write("old", to: "store/releases/my site/index.html")
        try site.folder.write("old", to: "old-site/index.html")
        symlink("../../shared/log", site.store.root.string + "/releases/20240101/log")
    }

    @Test(arguments: foreignLinks) func putsBackWhateverLinkThereWas(link: (text: String, words: String)) async throws {
        try await releases("v1")
        try foreignSite()
        let root = site.store.root.string
        let text = link.text.replacing("ROOT", with: root)
        point(at: text)
        let step = try site.switchOrigin("v1")
        let context = try site.context()
        guard case .change(let found, let changes) = try await step.prepare(in: context) else {
            Issue.record("there is something to do")
            return
        }
        #expect(changes.first.first?.detail.hasPrefix(link.words.replacing("ROOT", with: root)) == true, "\(changes)")
        let state = try journalled(found)
        let output = try await step.run(from: state, in: context)
        #expect(current == "releases/v1" && output.previous == found.previous?.name)
        for _ in 1...2 {
            try await step.rollback(to: state, in: context)
            #expect(current == text)
        }
    }

    /// A name that is not UTF-8 comes back byte for byte.
    @Test func putsBackALinkOfAnyBytes() async throws {
        try await releases("v1")
        let text: [CChar] = [46, 46, 47, -1, -28, 0]
        symlink(text, site.store.root.string + "/current")
        let step = try site.switchOrigin("v1")
        let state = try #require(try await before(step, in: try site.context()))
        _ = try await step.run(from: state, in: try site.context())
        #expect(current == "releases/v1")
        try await step.rollback(to: state, in: try site.context())
        #expect(try CurrentLink(of: site.store, name: "current").text()?.bytes == [46, 46, 47, 0xFF, 0xE4])
    }

    /// The link names the store by another path than the pipeline does.
    @Test func knowsAReleaseByEveryWayToIt() async throws {
        try await releases("v1", "v2")
        symlink(site.store.root.string, site.folder["way"].string)
        point(at: site.folder["way"].string + "/releases/v1")
        #expect(try await before(try site.switchOrigin("v1"), in: try site.context()) == nil)
        let state = try #require(try await before(try site.switchOrigin("v2"), in: try site.context()))
        #expect(state.previous?.name == "v1" && state.found == .release)
    }

    /// Before deploys noted what kind of target they had found, they noted a release only.
    @Test func goesBackByTheJournalOfAnOlderRunner() async throws {
        try await releases("v1", "v2")
        try foreignSite()
        for previous in ["20240101", "v1"] {
            point(at: "releases/\(previous)")
            let (step, context) = (try site.switchOrigin("v2"), try site.context(run: "over-\(previous)"))
            _ = try await step.run(from: try #require(try await before(step, in: context)), in: context)
            let old = try JSONDecoder().decode(
                SwitchOrigin.Before.self, from: Data(#"{"previous":"\#(previous)"}"#.utf8))
            try await step.rollback(to: old, in: context)
            #expect(current == "releases/\(previous)")
        }
    }

    @Test func doesNotGoBackToNothingByTheJournalOfAnOlderRunner() async throws {
        try await releases("v1", "v2")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
        let (step, context) = (try site.switchOrigin("v2"), try site.context(run: "run-2"))
        _ = try await step.run(from: try #require(try await before(step, in: context)), in: context)
        // It is on its way out, and some of its files are left.
        try await site.store.move(.manifest(of: ReleaseVersion("v1")), to: .trash(ReleaseVersion("v1")))
        let old = try JSONDecoder().decode(SwitchOrigin.Before.self, from: Data(#"{"previous":"v1"}"#.utf8))
        #expect(await errorCode { try await step.rollback(to: old, in: context) } == "previous-is-gone")
        #expect(current == "releases/v2")
    }

    /// Both parts of the advice are tried: a later deploy, and the folder brought back.
    @Test(arguments: ["releases/20240101", "../old-site"]) func tellsThatWhatWasThereIsGone(text: String) async throws {
        try await releases("v1", "v2")
        try foreignSite()
        point(at: text)
        let place = text.hasPrefix("..") ? "old-site" : "store/releases/20240101"
        let (step, context) = (try site.switchOrigin("v1"), try site.context(run: "run-1"))
        let state = try #require(try await before(step, in: context))
        _ = try await step.run(from: state, in: context)
        try FileManager.default.moveItem(atPath: site.folder[place].string, toPath: site.folder["away"].string)
        let error = await describedError { try await step.rollback(to: state, in: context) }
        #expect(error?.code == "previous-is-gone")
        let name = text.hasPrefix("..") ? "`../old-site`" : "20240101"
        #expect(
            error?.message == site.store.root.string
                + "/current cannot go back to \(name): there is nothing there any more, "
                + "so that it stays at v1")
        let shown = text.hasPrefix("..") ? "`../old-site`" : site.folder[place].string
        #expect(
            error?.help == "deploy another release, which takes its place; or restore \(shown) from a backup, "
                + "and then type the command that this run ends with")
        #expect(current == "releases/v1")

        try FileManager.default.moveItem(atPath: site.folder["away"].string, toPath: site.folder[place].string)
        try await step.rollback(to: state, in: context)
        #expect(current == text)
        _ = try await perform(try site.switchOrigin("v2"), in: try site.context(run: "run-2"))
        #expect(current == "releases/v2")
    }

    @Test func doesNotGoBackToAReleaseWithoutItsFolder() async throws {
        try await releases("v1", "v2")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
        let (step, context) = (try site.switchOrigin("v2"), try site.context(run: "run-2"))
        let state = try #require(try await before(step, in: context))
        _ = try await step.run(from: state, in: context)
        try FileManager.default.removeItem(atPath: site.store.folder(of: ReleaseVersion("v1")).string)
        #expect(
            await errorCode { try await step.rollback(to: state, in: context) } == "previous-is-gone")
        #expect(current == "releases/v2")
    }

    /// Another deploy of the same tool came in between.
    @Test func doesNotGoBackOverAnotherForeignLink() async throws {
        try await releases("v1")
        try foreignSite()
        point(at: "../old-site")
        let (step, context) = (try site.switchOrigin("v1"), try site.context())
        let state = try #require(try await before(step, in: context))
        point(at: "releases/my site")
        #expect(await errorCode { _ = try await step.run(from: state, in: context) } == "changed-meanwhile")
        point(at: "../old-site")
        _ = try await step.run(from: state, in: context)
        point(at: "releases/my site")
        try await step.rollback(to: state, in: context)
        #expect(current == "releases/my site" && site.exists(".runner/deployments/run-1.undone.json"))
    }

    @Test func doesNotSwitchWhatChangedSinceItLooked() async throws {
        try await releases("v1", "v2", "v3")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
        let context = try site.context(run: "run-2")
        let state = try #require(try await before(try site.switchOrigin("v2"), in: context))
        _ = try await perform(try site.switchOrigin("v3"), in: try site.context(run: "run-3"))
        #expect(
            await errorCode { _ = try await site.switchOrigin("v2").run(from: state, in: context) }
                == "changed-meanwhile")
        #expect(current == "releases/v3")
    }

    /// Two runs without a lease, which both have looked: directly before the one writes, the other does.
    @Test func theSecondOfTwoThatHaveLookedIsRefused() async throws {
        try await releases("v1", "v2", "v3")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
        let (newer, older) = (try site.switchOrigin("v3"), try site.switchOrigin("v2"))
        let other = try site.context(run: "run-3")
        let state = try #require(try await before(newer, in: other))
        let meanwhile = BetweenLookAndWrite { _ = try await newer.run(from: state, in: other) }
        let context = try site.context(run: "run-2", leases: Leases([site.store.resource: meanwhile]))
        let error = await describedError { _ = try await perform(older, in: context) }
        #expect(
            error?.code == "changed-meanwhile" && error?.message.contains("run-3") == true,
            "\(error?.message ?? "none")")
        #expect(current == "releases/v3")
        #expect(!site.exists(".runner/deployments/run-2.json"))
    }

    /// Something without a lease deletes the release directly before visitors get it: the run must not end well.
    @Test func aReleaseThatIsDeletedMeanwhileIsNoSuccess() async throws {
        try await releases("v1")
        let (store, version) = (site.store, try ReleaseVersion("v1"))
        let deletion = BetweenLookAndWrite { try await store.move(.manifest(of: version), to: .trash(version)) }
        let context = try site.context(leases: Leases([store.resource: deletion]))
        let code = await errorCode { _ = try await perform(try site.switchOrigin("v1"), in: context) }
        #expect(code == "incomplete-release")
    }

    @Test func doesNotGoBackToAReleaseThatIsGone() async throws {
        try await releases("v1", "v2")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
        let context = try site.context(run: "run-2")
        let state = try #require(try await before(try site.switchOrigin("v2"), in: context))
        _ = try await site.switchOrigin("v2").run(from: state, in: context)
        try await site.store.retire(ReleaseVersion("v1"), in: context)
        #expect(
            await errorCode { try await site.switchOrigin("v2").rollback(to: state, in: context) } == "previous-is-gone"
        )
        #expect(current == "releases/v2")
    }

    @Test func theNewestWins() async throws {
        try await releases("v1", "v2")
        let (early, late) = (TestClock(), TestClock())
        late.advance(by: .seconds(60))
        _ = try await perform(try site.switchOrigin("v2"), in: try site.context(run: "run-2", clock: late))
        let code = await errorCode {
            _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1", clock: early))
        }
        #expect(code == "older-release" && current == "releases/v2")
        let step = try site.switchOrigin("v1") { $0.allowOlder = true }
        _ = try await perform(step, in: try site.context(run: "run-1", clock: early))
        #expect(current == "releases/v1")
    }

    @Test func aHoldStopsDeploysAndNotTheWayBack() async throws {
        try await releases("v1", "v2")
        try await site.store.putOnHold(Hold(reason: "v2 broke the shop", by: "ann", since: "2026-01-01T00:00:00Z"))
        let error = await describedError {
            _ = try await perform(try site.switchOrigin("v2"), in: try site.context(run: "run-2"))
        }
        #expect(error?.code == "on-hold" && error?.message.contains("v2 broke the shop") == true)
        #expect(current == nil)
        let back = try site.switchOrigin("v1") { $0.allowOlder = true }
        _ = try await perform(back, in: try site.context(run: "run-3"))
        #expect(current == "releases/v1")
        try await site.store.delete(.hold)
        _ = try await perform(try site.switchOrigin("v2"), in: try site.context(run: "run-4"))
        #expect(current == "releases/v2")
    }

    @Test func severalLinksOfAStore() async throws {
        try await releases("v1", "v2")
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context())
        let staging = try site.switchOrigin("v2") { $0.current = "staging" }
        _ = try await perform(staging, in: try site.context())
        #expect(current == "releases/v1" && site.text("staging/index.html") == "v2")
        #expect(site.files(".runner/deployments") == ["run-1.json", "run-1.link-staging.json"])
        let pointed = try await site.store.pointedVersions(in: site.context())
        #expect(pointed.map(\.version.name).sorted() == ["v1", "v2"])
        #expect(
            await errorCode { try await site.store.retire(ReleaseVersion("v2"), in: site.context()) }
                == "release-in-use")
    }
}

/// A lease whose proof, directly before the write, lets something else happen first.
private struct BetweenLookAndWrite: Lease {
    let body: @Sendable () async throws -> Void
    func confirm() async throws { try await body() }
    func release() async {}
}

private struct LostLease: Lease {
    let resource: Resource
    func confirm() async throws { throw LeaseLost(resource) }
    func release() async {}
}
