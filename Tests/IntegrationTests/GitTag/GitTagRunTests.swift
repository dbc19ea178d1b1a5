import GitTagStep
import Logging
import PipelineKit
import SystemPackage
import TestSupport
import Testing

@Suite struct GitTagRunTests {
    private let folder: TemporaryFolder
    private let processes = SubprocessRunner(clock: SystemClock())
    private let logged = LoggedLines()

    init() async throws {
        folder = try TemporaryFolder()
        try folder.write("one", to: "site/a.html")
        try await git("init", "-q", "-b", "main")
    }

    private var environment: [String: String] {
        [
            "PATH": "/usr/bin:/bin", "HOME": folder.path.string, "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_COMMITTER_DATE": "2026-01-31T12:00:00+01:00",
        ]
    }

    private func git(_ arguments: String..., in name: String = "site") async throws {
        let lines = Lines()
        let status = try await processes.run(
            Command("git", arguments, environment: environment, directory: folder[name]), output: lines.add)
        #expect(status == .exited(0), "git \(arguments): \(lines.texts(.error))")
    }

    private func commit(_ text: String = "one") async throws {
        try folder.write(text, to: "site/a.html")
        try await git("add", "-A")
        try await git("commit", "-q", "--allow-empty", "-m", text)
    }

    private func run(
        _ fields: [String: Value] = [:], in name: String = "site", environment: [String: String]? = nil
    ) async throws -> GitTag.Output {
        let context = StepContext.test(
            project: folder[name], environment: environment ?? self.environment,
            logger: Logger(label: "test") { [logged] _ in logged }, processes: processes)
        return try await GitTag(.test(fields)).run(in: context)
    }

    private func failure(
        _ fields: [String: Value] = [:], in name: String = "site", environment: [String: String]? = nil
    ) async -> StepError? {
        await #expect(throws: StepError.self) { try await run(fields, in: name, environment: environment) }
    }

    @Test func theHighestTagAtTheCommitIsTaken() async throws {
        try await commit()
        for tag in ["v1.9.0", "v1.10.0", "v1.10.0-rc1", "zz/other"] { try await git("tag", tag) }
        try await git("tag", "-a", "v1.2.0", "-m", "annotated")
        let output = try await run()
        #expect(output.version == "v1.10.0" && output.tag == "v1.10.0" && !output.dirty)
        #expect(output.date == "2026-01-31T12:00:00+01:00" && output.committedAt == "2026-01-31T11:00:00Z")
        #expect(output.commit.count == 40 && output.describe.hasSuffix("-0-g" + output.commit.prefix(12)))
        #expect(try await run(["match": "v1.2*"]).version == "v1.2.0")
        #expect(try await run(["match": "v1.10.0-*"]).version == "v1.10.0-rc1")
    }

    @Test func withoutATagTheFallbackDecides() async throws {
        try await commit()
        #expect(await failure()?.code == "no-tag")
        #expect(try await run(["fallback": "describe"]).version.count == 12)
        try await git("tag", "v1.0.0")
        try await commit("two")
        try await commit("three")
        #expect(await failure()?.message.hasSuffix("2 commits after `v1.0.0`") == true)
        let described = try await run(["fallback": "describe"])
        #expect(described.version == "v1.0.0-2-g" + described.commit.prefix(12) && described.tag == nil)
        #expect(try await run(["fallback": "commit"]).version == String(described.commit.prefix(12)))
    }

    @Test func changedAndUntrackedFilesMakeTheTreeDirty() async throws {
        try folder.write("ignored/\n", to: "site/.gitignore")
        try await commit()
        try await git("tag", "v1.0.0")
        try folder.write("x", to: "site/ignored/b.html")
        #expect(try await run(["require-clean": true]).dirty == false)
        try folder.write("x", to: "site/new.html")
        #expect(try await run().dirty)
        #expect(await failure(["require-clean": true])?.message.hasSuffix("`?? new.html`") == true)
        try await git("add", "-A")
        #expect(await failure(["require-clean": true])?.message.hasSuffix("`A  new.html`") == true)
        #expect(try await run().version == "v1.0.0")
    }

    @Test func noRepositoryAndNoCommitAreToldApart() async throws {
        #expect(await failure()?.code == "no-commits")
        try folder.write("", to: "plain/.keep")
        #expect(await failure(in: "plain")?.code == "no-repository")
        #expect(
            await failure(["repository": "missing"])?.message.hasSuffix("no folder \(folder["site/missing"])") == true)
        #expect(await failure(environment: ["PATH": folder.path.string])?.code == "git-missing")
    }

    @Test func aRepositoryOfAnotherUserIsToldApart() async throws {
        try await commit()
        var environment = environment
        // Git's own tests use it to pretend that there is another owner.
        environment["GIT_TEST_ASSUME_DIFFERENT_OWNER"] = "1"
        let error = await failure(environment: environment)
        #expect(error?.code == "foreign-repository")
        #expect(error?.help?.contains("safe.directory") == true)
    }

    @Test func aShallowCloneSaysHowToFetchItsTags() async throws {
        try await commit()
        try await git("tag", "v1.0.0")
        try await commit("two")
        try await git("clone", "-q", "--depth", "1", "file://" + folder["site"].string, folder["clone"].string)
        #expect(await failure(in: "clone")?.help?.contains("fetch-depth: 0") == true)
    }

    @Test func tagsThatAreNoNamesAreRefusedOrPassedOver() async throws {
        try await commit()
        try await git("tag", "v$(id)")
        #expect(await failure()?.code == "bad-version")
        #expect(try await run(["fallback": "commit"]).version.count == 12)
    }

    /// What a repository of several packages has: tags of others at the same commit, and before it.
    @Test func aPackagesTagsAreTakenAlone() async throws {
        try await commit()
        for tag in ["site/v1.0.0", "site/v1.1.0", "@acme/web@3.0.0", "api/v9.0.0"] { try await git("tag", tag) }
        let site = try await run(["strip-prefix": "site/"])
        #expect(site.version == "v1.1.0" && site.tag == "site/v1.1.0")
        #expect(site.describe.hasPrefix("v1.") && site.describe.hasSuffix("-0-g" + site.commit.prefix(12)))
        #expect(try await run(["strip-prefix": "@acme/web@"]).version == "3.0.0")
        #expect(try await run(["strip-prefix": "site/", "match": "*v1.0*"]).version == "v1.0.0")
        #expect(await failure(["strip-prefix": "docs/"])?.message.contains("no tag that matches `docs/*`") == true)
        #expect(await failure()?.code == "bad-version")
        try await commit("two")
        try await git("tag", "api/v9.1.0")
        let after = try await run(["strip-prefix": "site/", "fallback": "describe"])
        #expect(after.version == after.describe && after.version.hasSuffix("-1-g" + after.commit.prefix(12)))
        #expect(after.version.hasPrefix("v1.") && after.tag == nil)
    }

    /// The nearest tag that can name a release may lie behind many that cannot.
    @Test(arguments: [1, 40]) func theNearestTagThatCanNameAReleaseCounts(others: Int) async throws {
        try await commit()
        try await git("tag", "v1.0.0+build.5")
        try await commit("two")
        for number in 1...others { try await git("tag", "api/v\(number)") }
        try await commit("three")
        let output = try await run(["fallback": "describe"])
        #expect(output.version == "v1.0.0_build.5-2-g" + output.commit.prefix(12))
        try await git("tag", "-d", "v1.0.0+build.5")
        let alone = try await run(["fallback": "describe"])
        #expect(alone.version == String(output.commit.prefix(12)) && alone.describe == alone.version)
    }

    @Test func buildMetadataAndTagsThatMeet() async throws {
        try await commit()
        try await git("tag", "v1.0.0+build.5")
        #expect(try await run().version == "v1.0.0_build.5")
        try await git("tag", "v1.0.0_build.5")
        let error = await failure(["fallback": "commit"])
        #expect(error?.code == "ambiguous-tags")
        #expect(error?.message.contains("`v1.0.0+build.5` and `v1.0.0_build.5`") == true)
        #expect(try await run(["match": "*+*"]).version == "v1.0.0_build.5")
    }

    private var warnings: [String] { logged.take().filter { $0.hasPrefix("warning ") } }

    @Test func aFallbackWithoutTheTagsOfTheRemoteSaysSo() async throws {
        try await commit()
        try await git("tag", "v1.0.0")
        for (name, option) in [("shallow", "--depth=1"), ("bare-of-tags", "--no-tags")] {
            let place = "file://" + folder["site"].string
            try await git("clone", "-q", option, "--no-tags", place, folder[name].string)
            if name == "shallow" { try await git("config", "--unset", "remote.origin.tagopt", in: name) }
            #expect(try await run(["fallback": "commit"], in: name).tag == nil)
            let told = warnings
            #expect(told.count == 1 && told[0].contains(name == "shallow" ? "shallow" : "git fetch --tags"), "\(told)")
            #expect(await failure(in: name)?.help?.hasPrefix(told[0].dropFirst("warning ".count)) == true)
        }
        try await git("fetch", "-q", "--tags", in: "bare-of-tags")
        #expect(try await run(["fallback": "commit"], in: "bare-of-tags").version == "v1.0.0")
        #expect(warnings.isEmpty)
    }

    /// `git fetch` does not move a tag that the clone has.
    @Test(arguments: [false, true]) func aFallbackBesideATagThatWasMovedSaysSo(annotated: Bool) async throws {
        try await commit()
        let tag = annotated ? ["tag", "-a", "-f", "-m", "one", "v1.0.0"] : ["tag", "-f", "v1.0.0"]
        try await gitWell(tag)
        try await git("clone", "-q", "file://" + folder["site"].string, folder["clone"].string)
        let old = try await run(in: "clone").commit
        try await commit("two")
        try await gitWell(tag)
        try await git("pull", "-q", in: "clone")
        #expect(try await run(["fallback": "commit"], in: "clone").tag == nil)
        #expect(
            logged.take() == [
                "info no tag points at the commit \(try await head()), which is 1 commit after `v1.0.0`, so "
                    + "`fallback` names the release"
            ])
        // It refuses to move the tag, and ends with 1.
        _ = try await processes.run(
            Command("git", ["fetch", "-q", "--tags"], environment: environment, directory: folder["clone"])
        ) { _ in }
        #expect(try await run(["fallback": "commit"], in: "clone").tag == nil)
        #expect(
            warnings == [
                "warning the last `git fetch` has the tag `v1.0.0` at this commit, and here it is at "
                    + "\(old.prefix(12)): it was moved; `git fetch --tags --force` gets it as it is now"
            ])
        try await git("fetch", "-q", "--tags", "--force", in: "clone")
        #expect(try await run(["fallback": "commit"], in: "clone").version == "v1.0.0")
    }

    @Test func aFallbackBesideTheTagOfItsJobSaysSo() async throws {
        try await commit()
        try await git("tag", "v1.0.0")
        try await commit("two")
        var environment = environment
        environment["CI_COMMIT_TAG"] = "v1.0.0"
        _ = try await run(["fallback": "commit"], environment: environment)
        let told = warnings
        #expect(
            told.count == 1 && told[0].hasPrefix("warning CI_COMMIT_TAG has the tag `v1.0.0` at this commit"), "\(told)"
        )
        // One that is where the job has it was not moved, even if it cannot name a release.
        try await git("tag", "api/v1.0.0")
        environment["CI_COMMIT_TAG"] = "api/v1.0.0"
        #expect(try await run(["fallback": "commit"], environment: environment).tag == nil)
        #expect(warnings.isEmpty)
        environment["CI_COMMIT_TAG"] = "v1.0.0"
        // That of another package is none of this one's.
        _ = try await run(["fallback": "commit", "match": "site/*"], environment: environment)
        #expect(warnings.isEmpty)
    }

    @Test func aFallbackAtACommitBeforeATagSaysSo() async throws {
        try await commit()
        try await git("tag", "v1.0.0")
        try await commit("two")
        try await git("tag", "-f", "v1.0.0")
        try await git("checkout", "-q", "HEAD~1")
        _ = try await run(["fallback": "commit"])
        let told = warnings
        #expect(told.count == 1 && told[0].contains("older than what these tags are at: `v1.0.0`"), "\(told)")
    }

    private func gitWell(_ arguments: [String]) async throws {
        let status = try await processes.run(
            Command("git", arguments, environment: environment, directory: folder["site"])
        ) { _ in }
        #expect(status == .exited(0), "\(arguments)")
    }

    private func head() async throws -> String {
        let lines = Lines()
        _ = try await processes.run(
            Command("git", ["rev-parse", "--short=12", "HEAD"], environment: environment, directory: folder["site"]),
            output: lines.add)
        return try #require(lines.texts(.output).first)
    }

    @Test func hooksOfAnotherRepositoryDoNotLeadAstray() async throws {
        try await commit()
        try await git("tag", "v1.0.0")
        var environment = environment
        environment["GIT_DIR"] = "/nonexistent"
        #expect(try await run(environment: environment).version == "v1.0.0")
    }
}
