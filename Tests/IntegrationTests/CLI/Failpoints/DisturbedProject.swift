import Digest
import FoundationEssentials
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// A project whose commands are killed at their failpoints, or made to fail there. Each round begins with the same files:
/// `v1` is live, `v0` is the release before it, and `old` one that nobody needs.
final class DisturbedProject: Sendable {
    let project: CommandProject
    private let copies = try? TemporaryFolder()
    private let sites: [String: [String: String]]

    /// The pipeline, one that fails at its end, and one that also tidies the store.
    static let (deploy, fails, tidies) = ("deploy.yml", "fails.yml", "tidy.yml")
    /// Leaves the live release and the one before it.
    static let prune = ["run", "prune.yml", "-v"]

    init() async throws {
        project = try CommandProject()
        var sites: [String: [String: String]] = [:]
        for release in ["old", "v0", "v1", "v2", "v3"] {
            let files = [
                "index.html": "<html>\(release)</html>\n", "assets/same.txt": "in every release\n",
                // Long enough that compressing it makes it smaller.
                "about/index.html": String(repeating: "<p>all about \(release)</p>\n", count: 20),
            ]
            for (name, text) in files { try project.folder.write(text, to: "sites/\(release)/\(name)") }
            sites[release] = files.mapValues { SHA256.hash($0.utf8).description }
        }
        self.sites = sites
        for (file, then) in [
            (Self.deploy, ""), (Self.fails, "  - { uses: exec, rollback: false, with: { command: ['false'] } }"),
            (Self.tidies, "  - { uses: prune, rollback: false, with: { keep: 1, min-age: 0s } }"),
        ] {
            let text = CommandProject.wholeDeploy(
                of: "sites/${{ inputs.release }}", with: "store: store", then: then)
            try project.folder.write(text, to: file)
        }
        try project.folder.write(
            """
            version: 1
            name: prune
            with: { store: store }
            steps:
              - { uses: exec, rollback: false, with: { run: "touch holds; while test -e wait; do sleep 0.05; done" } }
              - { uses: prune, rollback: false, with: { keep: 1, min-age: 0s } }

            """, to: "prune.yml")
        for release in ["old", "v0", "v1"] {
            let said = try await project.runner("run", Self.deploy, "-i", "release=\(release)", "-q")
            try #require(said.code == 0, "\(said.error)")
        }
        try keep(as: "first")
    }

    /// Keeps the runs and the store as they are now.
    func keep(as name: String) throws {
        let kept = try #require(copies)[name]
        try? FileManager.default.removeItem(atPath: kept.string)
        try FileManager.default.createDirectory(atPath: kept.string, withIntermediateDirectories: true)
        for part in [".runner", "store"] {
            try FileManager.default.copyItem(
                atPath: project.folder[part].string, toPath: kept.appending(part).string)
        }
    }

    func restore(_ name: String = "first") throws {
        let kept = try #require(copies)[name]
        for part in [".runner", "store"] {
            try FileManager.default.removeItem(atPath: project.folder[part].string)
            try FileManager.default.copyItem(
                atPath: kept.appending(part).string, toPath: project.folder[part].string)
        }
    }

    /// What came of a command that was disturbed.
    struct Disturbed: Sendable {
        var said: Said
        /// How often it has come to each point.
        var passed: [String: Int]
        /// True if the log says that it was killed at the point, or failed there.
        var wasStruck: Bool
    }

    /// Starts a command and disturbs it, as `file:3=kill` says; an empty text only counts the points.
    func disturb(_ points: String, _ command: [String]) async throws -> Disturbed {
        let log = project.folder["points"]
        try? FileManager.default.removeItem(atPath: log.string)
        let said = try await project.runner(
            command,
            environment: ["RUNNER_FAILPOINT_LOG": log.string].merging(
                points.isEmpty ? [:] : ["RUNNER_FAILPOINT": points]
            ) { $1 })
        var (passed, wasStruck) = ([String: Int](), false)
        for line in (try? project.text("points"))?.split(separator: "\n") ?? [] {
            let words = line.split(separator: " ")
            passed[String(words[0]), default: 0] += 1
            if words.count == 3 { wasStruck = true }
        }
        return Disturbed(said: said, passed: passed, wasStruck: wasStruck)
    }

    static func run(_ file: String, _ release: String) -> [String] { ["run", file, "-i", "release=\(release)"] }

    /// Expects one of these to be live, and to be as it was made.
    @discardableResult
    func expectLive(
        _ releases: String..., after what: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let live = try #require(try project.live(), "\(what)", sourceLocation: sourceLocation)
        #expect(releases.contains(live), "\(live) is live; \(what)", sourceLocation: sourceLocation)
        try project.expectWhole(live, site: sites[live], what, sourceLocation: sourceLocation)
        return live
    }

    /// Expects the next deploy to go well, and to leave nothing of what was before it.
    func expectDeploys(after what: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let said = try await project.runner(Self.run(Self.tidies, "v3"))
        let what = "\(what)\nthe next deploy: \(said.code) \(said.error)"
        #expect(said.code == 0, "\(what)", sourceLocation: sourceLocation)
        try expectLive("v3", after: what, sourceLocation: sourceLocation)
        // A list that was being written stays until its version is deployed again.
        try project.expectTidyStore(what, sparing: "v2.jsonl.tmp", sourceLocation: sourceLocation)
        #expect(
            try DurableFile.entries(of: project.folder["store/releases"]).sorted() == manifests(), "\(what)",
            sourceLocation: sourceLocation)
    }

    private func manifests() throws -> [String] {
        try DurableFile.entries(of: project.folder["store/.runner/manifests"])
            .filter { $0.hasSuffix(".jsonl") }.map { String($0.dropLast(6)) }.sorted()
    }

    /// The run that was begun after `first` was kept; nil if there is none.
    func newRun() throws -> String? {
        let known = Set(try DurableFile.entries(of: try #require(copies)["first"].appending(".runner/runs")))
        return try project.runs().first { !known.contains($0) }
    }

    /// Whether the new run has a record, so that there is something to continue.
    func hasBegun() throws -> Bool {
        guard let run = try newRun() else { return false }
        let journal = project.folder[".runner/runs/\(run)/journal.jsonl"]
        return (try? JournalReader.read(journal).records.isEmpty) == false
    }

    /// Does rounds in so many projects at a time.
    ///
    /// - Returns: how many rounds have said that what they are about has happened.
    static func counted<Round: Sendable>(
        _ rounds: [Round], lanes: Int = 2, _ play: @escaping @Sendable (DisturbedProject, Round) async throws -> Bool
    ) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for lane in 0..<min(lanes, rounds.count) {
                group.addTask {
                    let project = try await DisturbedProject()
                    var counted = 0
                    for index in stride(from: lane, to: rounds.count, by: lanes) {
                        try project.restore()
                        if try await play(project, rounds[index]) { counted += 1 }
                    }
                    return counted
                }
            }
            return try await group.reduce(0, +)
        }
    }
}
