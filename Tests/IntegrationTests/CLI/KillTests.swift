import Digest
import Glibc
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// Whenever a deploy is killed, the store serves a whole release, and `recover` makes everything good.
@Suite struct KillTests {
    /// 25 kills, and 100 for `make soak`: as many in each of four stores at a time.
    @Test(arguments: Soak.spread([1, 2, 3, 4] as [UInt64], 1))
    func aStoreOutlivesKills(seed: UInt64) async throws {
        let deploys = try KilledDeploys(seed: seed)
        try await deploys.deploy()
        try await deploys.deploy()
        let kills = 25
        var (counted, tried) = (0, 0)
        var lastRecords: Set<String> = []
        // One moment in each of 25 equal parts of a deploy, so that none of its phases is left out. A kill that comes
        // when the deploy is over shows nothing: it does not count, and another part has a turn instead.
        var parts = (0..<kills).shuffled(using: &deploys.random)
        while counted < kills, tried < 4 * kills, let part = parts.popLast() {
            tried += 1
            let lastRecord = try await deploys.kill(afterPart: part, of: kills)
            try await deploys.deploy()
            if let lastRecord {
                counted += 1
                lastRecords.insert(lastRecord)
            } else {
                parts.append(.random(in: 0..<kills, using: &deploys.random))
            }
        }
        Soak.report(
            "kills of seed \(seed)", "\(counted) of \(tried) met a deploy, at \(lastRecords.count) different records")
        #expect(counted == kills, "\(counted) of \(tried) kills met a deploy")
        try await deploys.expectFinishedRuns()
    }
}

/// Deploys of one changing site into one store, some of them killed.
private final class KilledDeploys {
    var random: SeededRandom
    private let project: CommandProject
    private var number = 0
    /// How long the newest whole deploy took, and how many records it wrote.
    private var duration = Duration.zero
    private var records = 0
    private var pages: [String: [UInt8]] = [:]
    /// By release: the SHA-256 of every file of the site as it was deployed.
    private var sites: [String: [String: String]] = [:]

    init(seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        project = try CommandProject()
        try project.folder.write(CommandProject.wholeDeploy(of: "site", with: "store: store"), to: "deploy.yml")
        for index in 0..<60 { try writePage(index) }
    }

    /// Text that gzip makes smaller; every tenth page has 200 KB.
    private func writePage(_ index: Int) throws {
        let words = (0..<300).map { _ in String(random.next(), radix: 36) }.joined(separator: " ")
        let bytes = Array(String(repeating: "<p>\(words)</p>\n", count: index % 10 == 0 ? 50 : 1).utf8)
        let name = "part-\(index % 5)/page-\(index).html"
        pages[name] = bytes
        try project.folder.write(bytes, to: "site/" + name)
    }

    /// The next release, of which a third of the pages is new.
    private func nextRelease() throws -> String {
        for index in 0..<60 where Int.random(in: 0..<3, using: &random) == 0 { try writePage(index) }
        number += 1
        sites["v\(number)"] = pages.mapValues { SHA256.hash($0).description }
        return "v\(number)"
    }

    /// A deploy that nobody disturbs.
    func deploy() async throws {
        let release = try nextRelease()
        let began = ContinuousClock.now
        let said = try await project.runner("run", "deploy.yml", "-i", "release=\(release)", "-q")
        duration = began.duration(to: .now)
        #expect(said.code == 0, "\(release): \(said.error)")
        records = try Self.records(of: try #require(try project.runs().first), project).count
        #expect(try project.live() == release)
        try expectWholeStore()
    }

    /// A deploy that is killed and recovered.
    ///
    /// A busy machine takes longer for one deploy than for another, so a moment by the clock alone would be too early
    /// or too late. The kill waits for a part of a deploy's records, and then for a part of its time.
    ///
    /// - Returns: the journal's last record when it was killed; nil if it had ended before.
    func kill(afterPart part: Int, of parts: Int) async throws -> String? {
        let old = try project.live()
        let release = try nextRelease()
        let known = Set(try project.runs())
        let process = try project.start("run", "deploy.yml", "-i", "release=\(release)", "-q")
        let awaited = records * part / parts
        let limit = ContinuousClock.now + duration * 4
        // On a thread of its own, which looks more often than a task would.
        try await BlockingWork.run { [project] _ in
            while try Self.newRecords(of: project, notIn: known).count < awaited, ContinuousClock.now < limit {
                usleep(200)
            }
        }
        usleep(UInt32(duration / parts / .microseconds(1) * .random(in: 0..<1, using: &random)))
        process.signal(SIGKILL)
        let ending = try await process.end()
        let lastRecord = try Self.newRecords(of: project, notIn: known).last?.entry.text ?? "none"
        let moment = "after \(lastRecord)"
        let live = try project.live()
        #expect(live == old || live == release, "killed \(moment): current is at \(live ?? "nothing")")
        try expectManifest(of: try #require(live))

        let said = try await project.runner("recover")
        #expect(said.code == 0 || said.code == 1, "killed \(moment): \(said.error)")
        let recovered = try project.live()
        #expect(recovered == old || recovered == release)
        try expectWholeStore()
        #expect(try unfinishedRuns(notIn: known) == [], "killed \(moment)")
        return ending.status == .signalled(Int(SIGKILL)) ? lastRecord : nil
    }

    /// Expects `runs` to list every run, and none as unfinished.
    func expectFinishedRuns() async throws {
        let runs = try await project.runner("runs")
        let states = ["interrupted", "at work", "not restored"]
        #expect(!states.contains { runs.output.contains("  \($0)  ") }, "\(runs.output)")
        #expect(runs.output.split(separator: "\n").count == (try project.runs().count) + 1)
    }

    private func unfinishedRuns(notIn known: Set<String>) throws -> [String] {
        try project.runs().filter { run in
            let journal = project.folder[".runner/runs/\(run)/journal.jsonl"]
            guard !known.contains(run), let records = try? JournalReader.read(journal).records else { return false }
            return !records.isEmpty && RunHistory(records).isUnfinished
        }
    }

    /// What the newest run has written so far; nothing if it has no journal yet.
    private static func newRecords(
        of project: CommandProject, notIn known: Set<String>
    ) throws -> [JournalRecord] {
        guard let run = try project.runs().first(where: { !known.contains($0) }) else { return [] }
        return (try? records(of: run, project)) ?? []
    }

    private static func records(of run: String, _ project: CommandProject) throws -> [JournalRecord] {
        try JournalReader.read(project.folder[".runner/runs/\(run)/journal.jsonl"]).records
    }

    private func expectWholeStore() throws {
        try expectManifest(of: try #require(try project.live()))
        try project.expectTidyStore()
    }

    private func expectManifest(of release: String) throws {
        try project.expectWhole(release, site: sites[release])
    }
}
