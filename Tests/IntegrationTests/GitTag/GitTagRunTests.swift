import GitTagStep
import PipelineKit
import SystemPackage
import TestSupport
import Testing

@Suite struct GitTagRunTests {
    private let folder: TemporaryFolder
    private let processes = SubprocessRunner(clock: SystemClock())

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
            project: folder[name], environment: environment ?? self.environment, processes: processes)
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

    @Test func tagsThatAreNoNamesAreRefused() async throws {
        try await commit()
        try await git("tag", "v$(id)")
        #expect(await failure()?.code == "bad-version")
    }

    @Test func hooksOfAnotherRepositoryDoNotLeadAstray() async throws {
        try await commit()
        try await git("tag", "v1.0.0")
        var environment = environment
        environment["GIT_DIR"] = "/nonexistent"
        #expect(try await run(environment: environment).version == "v1.0.0")
    }
}
