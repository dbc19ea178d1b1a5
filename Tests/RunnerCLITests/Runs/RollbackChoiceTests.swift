@testable import RunnerCLI
import SystemPackage
import Testing

/// Which deploy a rollback takes, by what the journals say.
@Suite struct RollbackChoiceTests {
    /// The state of a deploy.
    enum Standing { case live, takenBack, failed, interrupted, stuck, unchanged }

    /// Makes a deploy of the site in its file's folder, unless a store is given: `/p/a/deploy.yml` deploys `/p/a`.
    private static func deploy(
        _ run: String, _ file: FilePath, _ standing: Standing = .live, project: FilePath = "/p", store: String? = nil,
        isOwnFile: Bool = false
    ) -> Deploy {
        let site = store ?? file.removingLastComponent().string
        return Deploy(
            run: run, pipeline: "deploy", file: file, project: project, isOwnFile: isOwnFile, time: run,
            isUnfinished: standing == .interrupted || standing == .stuck,
            hasSucceeded: standing == .live || standing == .takenBack || standing == .unchanged,
            switches: [
                Deploy.Switch(
                    step: "switch", site: Deploy.Site(store: site, pointer: "current", name: site), version: run,
                    before: .release("before-\(run)"), isInPlace: standing == .live || standing == .stuck)
            ])
    }

    private static let a = FilePath("/p/a/deploy.yml")
    private static let b = FilePath("/p/b/deploy.yml")

    struct Row: CustomTestStringConvertible, Sendable {
        var name: String
        /// The newest first.
        var deploys: [Deploy]
        var folder: FilePath = "/p/a"
        var pipelines: Set<NamedPipeline.Known>?
        /// `take RUN`, `finish RUN`, `choose RUN RUN`, or why not.
        var decision: String

        var testDescription: String { name }
    }

    static let newest: [Row] = [
        Row(name: "no deploy", deploys: [], decision: "noDeploy"),
        Row(name: "one", deploys: [deploy("1", a)], decision: "take 1"),
        Row(name: "the newer of two", deploys: [deploy("2", a), deploy("1", a)], decision: "take 2"),
        Row(
            name: "one that failed is passed over", deploys: [deploy("2", a, .failed), deploy("1", a)],
            decision: "take 1"),
        Row(
            name: "one that was taken back is passed over", deploys: [deploy("2", a, .takenBack), deploy("1", a)],
            decision: "take 1"),
        Row(
            name: "one that changed nothing is passed over", deploys: [deploy("2", a, .unchanged), deploy("1", a)],
            decision: "take 1"),
        Row(
            name: "the newest was interrupted", deploys: [deploy("2", a, .interrupted), deploy("1", a)],
            decision: "finish 2"),
        Row(name: "the newest is stuck", deploys: [deploy("2", a, .stuck), deploy("1", a)], decision: "finish 2"),
        Row(
            name: "the newest in place or unfinished counts",
            deploys: [deploy("3", a, .failed), deploy("2", a, .interrupted), deploy("1", a)], decision: "finish 2"),
        Row(
            name: "an older one that is unfinished waits", deploys: [deploy("2", a), deploy("1", a, .interrupted)],
            decision: "take 2"),
        Row(name: "all are taken back", deploys: [deploy("1", a, .takenBack)], decision: "nothingLive /p/a"),
        Row(name: "only failed ones", deploys: [deploy("1", a, .failed)], decision: "noDeploy"),
        // Two sites.
        Row(name: "in a site's folder", deploys: [deploy("2", b), deploy("1", a)], decision: "take 1"),
        Row(name: "below it", deploys: [deploy("2", b), deploy("1", a)], folder: "/p/a/public/x", decision: "take 1"),
        Row(name: "above both", deploys: [deploy("2", b), deploy("1", a)], folder: "/p", decision: "choose 2 1"),
        Row(
            name: "in a third folder", deploys: [deploy("2", b), deploy("1", a)], folder: "/p/c", decision: "choose 2 1"
        ),
        Row(name: "elsewhere, and there is one", deploys: [deploy("1", a)], folder: "/q", decision: "choose 1"),
        Row(
            name: "the folder's own is taken back, the other one's is not",
            deploys: [deploy("2", b), deploy("1", a, .takenBack)], decision: "nothingLive /p/a"),
        Row(
            name: "above both, and one has nothing left", deploys: [deploy("2", b, .takenBack), deploy("1", a)],
            folder: "/p", decision: "choose 1"),
        Row(
            name: "one that never went well is no second site", deploys: [deploy("2", b, .failed), deploy("1", a)],
            folder: "/p", decision: "take 1"),
        Row(
            name: "the file is named", deploys: [deploy("2", b), deploy("1", a)],
            pipelines: [.init(name: "deploy", file: b)], decision: "take 2"),
        Row(name: "a file that never ran is named", deploys: [deploy("1", a)], pipelines: [], decision: "noDeploy"),
        Row(
            name: "two files of one folder",
            deploys: [deploy("2", "/p/pipelines/b.yml", store: "b"), deploy("1", "/p/pipelines/a.yml", store: "a")],
            folder: "/p", decision: "choose 2 1"),
        Row(
            name: "a folder named pipelines belongs to the one above",
            deploys: [deploy("2", "/p/pipelines/b.yml", store: "b"), deploy("1", "/p/a/pipelines/a.yml", store: "a")],
            folder: "/p/a/public", decision: "take 1"),
        Row(
            name: "one file, two projects",
            deploys: [
                deploy("2", "/p/deploy.yml", project: "/p/b", store: "b"),
                deploy("1", "/p/deploy.yml", project: "/p/a", store: "a"),
            ], decision: "take 1"),
        Row(
            name: "a way back is the live deploy of its site",
            deploys: [
                deploy("3", "/p/.runner/runs/3/pipeline.yml", store: "/p/a", isOwnFile: true), deploy("2", b),
                deploy("1", a),
            ], decision: "take 3"),
        Row(
            name: "and tells nothing of where its site is",
            deploys: [
                deploy("3", "/p/.runner/runs/3/pipeline.yml", store: "/p/a", isOwnFile: true), deploy("1", a),
            ], folder: "/p/c", decision: "choose 3"),
        Row(
            name: "two files that deploy one site", deploys: [deploy("2", "/p/a/back.yml"), deploy("1", a)],
            pipelines: [.init(name: "deploy", file: a)], decision: "take 2"),
    ]

    @Test(arguments: newest)
    func theNewest(_ row: Row) {
        let choice = RollbackChoice(deploys: row.deploys, folder: row.folder, pipelines: row.pipelines)
        #expect(Self.text(choice.newest()) == row.decision)
    }

    static let named: [Row] = [
        Row(name: "the live one", deploys: [deploy("1", a)], decision: "take 1"),
        Row(name: "another site's is no later one", deploys: [deploy("2", b), deploy("1", a)], decision: "take 1"),
        Row(
            name: "a later one is live", deploys: [deploy("2", a), deploy("1", a)], decision: "replaced by 2 at /p/a"),
        Row(
            name: "a later one is stuck", deploys: [deploy("2", a, .stuck), deploy("1", a)],
            decision: "replaced by 2 at /p/a"),
        Row(
            name: "a later one was taken back", deploys: [deploy("2", a, .takenBack), deploy("1", a)],
            decision: "take 1"),
        Row(
            name: "an unfinished one can always be finished", deploys: [deploy("2", a), deploy("1", a, .stuck)],
            decision: "finish 1"),
    ]

    /// The folder does not matter.
    @Test(arguments: named, ["/p/a", "/p/b", "/q"] as [FilePath])
    func theOneThatIsNamed(_ row: Row, _ folder: FilePath) throws {
        let run = try #require(row.deploys.first { $0.run == "1" })
        let choice = RollbackChoice(deploys: row.deploys, folder: folder)
        #expect(Self.text(choice.decide(on: run)) == row.decision)
    }

    static let models: [Row] = [
        Row(name: "the live one", deploys: [deploy("2", a, .failed), deploy("1", a)], decision: "take 1"),
        Row(
            name: "the last that went well", deploys: [deploy("2", a, .failed), deploy("1", a, .takenBack)],
            decision: "take 1"),
        Row(
            name: "one that is stuck has it still", deploys: [deploy("2", a, .stuck), deploy("1", a)],
            decision: "take 2"),
        Row(name: "two sites", deploys: [deploy("2", b), deploy("1", a)], folder: "/p", decision: "choose 2 1"),
        Row(name: "none", deploys: [], decision: "noDeploy"),
    ]

    @Test(arguments: models)
    func theModel(_ row: Row) {
        let choice = RollbackChoice(deploys: row.deploys, folder: row.folder, pipelines: row.pipelines)
        #expect(Self.text(choice.model()) == row.decision)
    }

    /// One deploy that switches two links is live if it is at both.
    @Test func aDeployOfTwoSites() {
        var both = Self.deploy("1", Self.a, store: "x")
        both.switches.append(Self.deploy("1", Self.a, store: "y").switches[0])
        let alone = RollbackChoice(deploys: [both], folder: "/p/a")
        #expect(Self.text(alone.newest()) == "take 1")
        let later = RollbackChoice(deploys: [Self.deploy("2", Self.a, store: "y"), both], folder: "/p/a")
        #expect(Self.text(later.newest()) == "choose 2 1")
        #expect(Self.text(later.decide(on: both)) == "replaced by 2 at y")
    }

    /// The pointer of the site is at a release.
    private static func at(_ version: String, _ deploys: Deploy...) -> [Deploy] {
        deploys.map { deploy in
            var deploy = deploy
            deploy.note(LiveSites([(deploy.switches[0].site, .release(version))]))
            return deploy
        }
    }

    static let seen: [Row] = [
        Row(name: "as the journals say", deploys: at("2", deploy("2", a), deploy("1", a)), decision: "take 2"),
        Row(
            name: "another machine has gone back to the one before", deploys: at("1", deploy("2", a), deploy("1", a)),
            decision: "take 1"),
        Row(
            name: "another machine has deployed", deploys: at("9", deploy("2", a), deploy("1", a)),
            decision: "9 at /p/a"),
        Row(
            name: "an unfinished one is finished, wherever the pointer is",
            deploys: at("9", deploy("2", a, .stuck), deploy("1", a)), decision: "finish 2"),
    ]

    /// What the pointer is at counts, and not what the journals say.
    @Test(arguments: seen) func theOneThatThePointerIsAt(_ row: Row) {
        let choice = RollbackChoice(deploys: row.deploys, folder: row.folder)
        #expect(Self.text(choice.newest()) == row.decision)
    }

    @Test func oneThatThePointerIsNotAt() {
        let deploys = Self.at("9", Self.deploy("2", Self.a), Self.deploy("1", Self.a))
        #expect(Self.text(RollbackChoice(deploys: deploys, folder: "/p/a").decide(on: deploys[1])) == "9 at /p/a")
    }

    /// A run that was interrupted early does not know yet which origin it would have switched.
    @Test func anOriginThatIsNotKnownIsNoOther() {
        func site(_ origin: String?) -> Deploy.Site {
            Deploy.Site(store: "s3://b/p", pointer: "E1", origin: origin, name: "distribution E1")
        }
        #expect(site(nil).isSame(as: site("a")) && site("a").isSame(as: site(nil)) && site("a").isSame(as: site("a")))
        #expect(!site("a").isSame(as: site("b")))
    }

    private static func text(_ decision: RollbackChoice.Decision) -> String {
        switch decision {
        case .takeBack(let deploy): "take \(deploy.run)"
        case .finish(let deploy): "finish \(deploy.run)"
        case .choose(let deploys): "choose " + deploys.map(\.run).joined(separator: " ")
        case .refuse(.noDeploy): "noDeploy"
        case .refuse(.nothingLive(let sites)): "nothingLive " + sites.map(\.name).joined(separator: " ")
        case .refuse(.replaced(_, by: let live, at: let site)): "replaced by \(live.run) at \(site.name)"
        case .refuse(.elsewhere(_, let now, at: let site)): "\(now.text) at \(site.name)"
        }
    }
}
