import FoundationEssentials
import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Deploys of old commits after newer ones, each from a clone of its own, as CI machines make them.
@Suite struct NewestCommitTests {
    private let project: CommandProject
    private let processes = SubprocessRunner(clock: SystemClock())

    private static let deploy = """
        version: 1
        name: deploy
        inputs: { store: { type: string, env: STORE } }
        with: { store: "${{ inputs.store }}" }
        steps:
          - { uses: git-tag, with: { match: "v*" } }
          - { uses: hash, with: { source: public } }
          - uses: sync
          - uses: switch-origin

        """

    init() async throws {
        project = try CommandProject()
        try project.folder.write(".runner/\n", to: "origin/.gitignore")
        try project.folder.write(Self.deploy, to: "origin/deploy.yml")
        try await git("init", "-q", "-b", "main", date: "")
    }

    private func git(_ arguments: String..., date: String) async throws {
        try await git(arguments, date: date, in: "origin")
    }

    private func git(_ arguments: [String], date: String, in name: String) async throws {
        let environment = project.environment.merging([
            "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_COMMITTER_DATE": date,
        ]) { $1 }
        let lines = Lines()
        let status = try await processes.run(
            Command("git", arguments, environment: environment, directory: project.folder[name]), output: lines.add)
        #expect(status == .exited(0), "git \(arguments): \(lines.texts(.error))")
    }

    /// A commit of its own day, and its tag.
    private func commit(_ tag: String, day: Int) async throws {
        let date = "2026-01-0\(day)T12:00:00+01:00"
        try project.folder.write("<html>\(tag)</html>\n", to: "origin/public/index.html")
        try await git("add", "-A", date: date)
        try await git("commit", "-q", "-m", tag, date: date)
        try await git("tag", tag, date: date)
    }

    private func clone(_ tag: String, _ options: [String]) async throws {
        try? FileManager.default.removeItem(atPath: project.folder["clone"].string)
        let arguments = ["-c", "advice.detachedHead=false", "clone", "-q"] + options + ["--branch", tag]
        let lines = Lines()
        let status = try await processes.run(
            Command(
                "git", arguments + ["file://\(project.folder["origin"])", "clone"], environment: project.environment,
                directory: project.folder.path), output: lines.add)
        try #require(status == .exited(0), "\(lines.texts(.error))")
    }

    private func runner(_ command: String..., environment: [String: String] = [:]) async throws -> Said {
        let store = ["STORE": project.folder["store"].string].merging(environment) { $1 }
        let process = try RunnerProcess(
            command, in: project.folder["clone"], environment: project.environment.merging(store) { $1 })
        return Said(try await process.end(), in: project.folder.path)
    }

    private func deploy(_ tag: String, _ options: [String]) async throws -> Said {
        try await clone(tag, options)
        return try await runner("run", "deploy.yml")
    }

    private static let clones = [[], ["--depth", "1"], ["--depth", "2"], ["--filter=blob:none"]]
    private static let shallow = ["--depth", "1"]

    @Test(arguments: clones)
    func anOldCommitIsRefusedInEveryClone(options: [String]) async throws {
        for day in 1...4 { try await commit("v\(day)", day: day) }
        for tag in ["v1", "v4"] { #expect(try await deploy(tag, options).code == 0) }
        for tag in ["v1", "v2"] {
            let said = try await deploy(tag, options)
            #expect(said.code == 1 && said.error.contains("release \(tag) is older than v4, which is live: "))
            #expect(try project.live() == "v4")
            guard options.contains("--depth") else {
                #expect(said.error.contains("is an ancestor of"))
                continue
            }
            let day = tag.dropFirst()
            // A clone of the first commit with depth 2 is whole.
            let reason = options.contains("2") && tag == "v1" ? "lacks one of the two commits" : "is shallow"
            #expect(
                said.raw.error.contains(
                    "\(tag) was committed at 2026-01-0\(day)T11:00:00Z and v4 at 2026-01-04T11:00:00Z; the dates "
                        + "decide, since this clone \(reason)\n"), "\(said.error)")
            #expect(said.error.contains("; or fetch all branches, ") && said.error.contains("`fetch-depth: 0`"))
        }
    }

    @Test(arguments: clones)
    func aNewerCommitGoesLiveWithoutAWarning(options: [String]) async throws {
        for day in 1...3 { try await commit("v\(day)", day: day) }
        for tag in ["v1", "v2", "v3"] {
            let said = try await deploy(tag, options)
            #expect(said.code == 0 && !said.error.contains("may be older"))
            #expect(try project.live() == tag)
        }
    }

    /// A machine that keeps its checkout has both commits, and not the way between them.
    @Test func aShallowCheckoutThatIsKeptIsShallowAsWell() async throws {
        for day in 1...4 { try await commit("v\(day)", day: day) }
        #expect(try await deploy("v4", Self.shallow).code == 0)
        for arguments in [["fetch", "-q", "--depth", "1", "origin", "tag", "v1"], ["checkout", "-q", "v1"]] {
            try await git(arguments, date: "", in: "clone")
        }
        let said = try await runner("run", "deploy.yml")
        #expect(said.code == 1 && said.error.contains("since this clone is shallow"), "\(said.error)")
        #expect(try project.live() == "v4")
    }

    /// What was advised works.
    @Test func fetchingTheHistoryLetsGitDecide() async throws {
        // The clocks of two machines: the later commit has the earlier date.
        try await commit("v1", day: 5)
        try await commit("v2", day: 4)
        #expect(try await deploy("v1", Self.shallow).code == 0)
        #expect(try await deploy("v2", Self.shallow).code == 1)
        let fetch = ["fetch", "-q", "--unshallow", "origin", "+refs/heads/*:refs/remotes/origin/*"]
        #expect(try await runner("run", "deploy.yml").error.contains("`git fetch --unshallow origin '\(fetch[4])'`"))
        try await git(fetch, date: "", in: "clone")
        #expect(try await runner("run", "deploy.yml").code == 0)
        #expect(try project.live() == "v2")
    }

    /// `main`: v1, v3, merged as v5; `side`: v1, v4.
    private func branches() async throws {
        try await commit("v1", day: 1)
        try await git("checkout", "-q", "-b", "side", date: "")
        try await commit("v4", day: 4)
        try await git("checkout", "-q", "main", date: "")
        try await commit("v3", day: 3)
        let date = "2026-01-05T12:00:00Z"
        try await git("merge", "-q", "--no-commit", "-s", "ours", "side", date: date)
        try await commit("v5", day: 5)
    }

    @Test func divergedBranchesGoByWhenTheRunsBegan() async throws {
        try await branches()
        for tag in ["v4", "v3", "v4"] {
            let said = try await deploy(tag, [])
            #expect(said.code == 0 && !said.error.contains("may be older"))
            #expect(try project.live() == tag)
        }
    }

    @Test func divergedBranchesOfShallowClonesGoByTheDates() async throws {
        try await branches()
        #expect(try await deploy("v4", Self.shallow).code == 0)
        #expect(try await deploy("v3", Self.shallow).code == 1)
        #expect(try project.live() == "v4")
    }

    /// Depth 2 has both parents of a merge.
    @Test(arguments: clones)
    func aMergeComesAfterBothBranches(options: [String]) async throws {
        try await branches()
        for tag in ["v4", "v5"] { #expect(try await deploy(tag, options).code == 0) }
        for tag in ["v3", "v4"] {
            #expect(try await deploy(tag, options).code == 1)
            #expect(try project.live() == "v5")
        }
        try await clone("v5", options)
        try project.point("store/current", at: "releases/v4")
        let said = try await runner("plan", "deploy.yml")
        #expect(said.output.contains(options == Self.shallow ? "the dates decide" : "comes after"), "\(said.output)")
    }

    @Test func equalDatesAreAWarning() async throws {
        try await commit("v1", day: 1)
        try await commit("v2", day: 1)
        #expect(try await deploy("v1", Self.shallow).code == 0)
        try await clone("v2", Self.shallow)
        let doubt = "this clone is shallow, and both were committed at DATE"
        let planned = try await runner("plan", "deploy.yml")
        #expect(planned.code == 0 && planned.output.contains(doubt), "\(planned.output)")
        let said = try await runner("run", "deploy.yml")
        #expect(said.code == 0 && said.error.contains("release v2 replaces v1, and may be older: "), "\(said.error)")
        #expect(said.error.contains(doubt) && said.error.contains("`git fetch --unshallow "))
        #expect(try project.live() == "v2")
    }

    /// Also of a release that nobody has made yet.
    @Test(arguments: clones)
    func thePlanTellsTheReason(options: [String]) async throws {
        for day in 1...3 { try await commit("v\(day)", day: day) }
        #expect(try await deploy("v2", options).code == 0)
        try await clone("v1", options)
        let older = try await runner("plan", "deploy.yml")
        #expect(older.code == 1 && older.output.contains("release v1 is older than v2, which is live"), "\(older)")
        try await clone("v3", options)
        let newer = try await runner("plan", "deploy.yml")
        let reason = options == Self.shallow ? "the dates decide, since this clone is shallow" : "comes after"
        #expect(newer.code == 0 && newer.output.contains(reason) && !newer.error.contains("may be older"), "\(newer)")
    }

    /// As an earlier runner wrote it.
    @Test func aManifestWithoutADateIsAWarning() async throws {
        for day in 1...2 { try await commit("v\(day)", day: day) }
        #expect(try await deploy("v2", Self.shallow).code == 0)
        let deployments = try DurableFile.entries(of: project.folder["store/.runner/deployments"])
        for name in ["manifests/v2.jsonl"] + deployments.map({ "deployments/\($0)" }) {
            let name = "store/.runner/" + name
            let text = try project.text(name)
            let earlier = text.replacing(#/"committed-?[aA]t":"[^"]*",?/#, with: "")
            try #require(earlier != text, "\(name)")
            try project.folder.write(earlier, to: name)
        }
        let said = try await deploy("v1", Self.shallow)
        #expect(said.code == 0 && said.error.contains("this clone is shallow, and v2 has no commit date"))
        #expect(try project.live() == "v1")
    }

    /// An archive of the project, on a machine without git.
    @Test func withoutGitTheDatesDecide() async throws {
        let pipeline = """
            version: 1
            name: deploy
            inputs: { release: { type: string }, commit: { type: string }, date: { type: string } }
            with: { store: "../store" }
            steps:
              - { uses: hash, with: { source: public } }
              - uses: sync
                with:
                  version: "${{ inputs.release }}"
                  commit: "${{ inputs.commit }}"
                  committed-at: "${{ inputs.date }}"
              - uses: switch-origin

            """
        try project.folder.write(pipeline, to: "clone/deploy.yml")
        try project.folder.write("<html>", to: "clone/public/index.html")
        for (noGit, reason) in [(true, "command"), (false, "git finds no repository in ~/clone")] {
            func run(_ release: String, _ date: String) async throws -> Said {
                let commit = String(repeating: String(release.last ?? "0"), count: 40)
                return try await runner(
                    "run", "deploy.yml", "-i", "release=\(release)", "-i", "commit=\(commit)", "-i", "date=\(date)",
                    environment: noGit ? ["PATH": project.folder.path.string] : [:])
            }
            try? FileManager.default.removeItem(atPath: project.folder["store"].string)
            #expect(try await run("v2", "2026-01-02T00:30:00+01:00").code == 0)
            // Later by its text, and earlier by its time.
            let older = try await run("v1", "2026-01-02T01:00:00+02:00")
            #expect(
                older.code == 1 && older.error.contains("v1 was committed at DATE and v2 at DATE"), "\(older.error)")
            #expect(older.error.contains(reason), "\(older.error)")
            #expect(try await run("v3", "2026-01-01T23:45:00Z").code == 0)
            let odd = try await run("v4", "yesterday")
            #expect(odd.code == 64 && odd.error.contains("`committed-at` must be a date such as"), "\(odd)")
        }
    }

    @Test func itCanBeAllowed() async throws {
        for day in 1...2 { try await commit("v\(day)", day: day) }
        #expect(try await deploy("v2", Self.shallow).code == 0)
        try await clone("v1", Self.shallow)
        let allowed = Self.deploy.replacing(
            "uses: switch-origin", with: "{ uses: switch-origin, with: { allow-older: true } }")
        try project.folder.write(allowed, to: "clone/deploy.yml")
        let said = try await runner("run", "deploy.yml")
        #expect(said.code == 0 && !said.error.contains("may be older"), "\(said.error)")
        #expect(try project.live() == "v1")
    }
}
