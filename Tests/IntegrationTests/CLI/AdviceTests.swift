import FoundationEssentials
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Commands that messages tell to type, typed in the state that told them. Those about runs that are kept elsewhere are in
/// `PrintedCommandTests`.
@Suite struct AdviceTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
    }

    /// The commands of a program between back quotes.
    private func commands(_ program: String, in text: String) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { !$0.offset.isMultiple(of: 2) && $0.element.hasPrefix(program + " ") }.map { String($0.element) }
    }

    private func type(_ command: String) async throws -> (code: Int, said: String) {
        let path = try RunnerProcess.executable.removingLastComponent().string + ":/usr/bin:/bin"
        let identity = ["GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com"]
            .merging(["GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com", "PATH": path]) { $1 }
        let shell = Command(
            "/bin/sh", ["-c", command], environment: project.environment.merging(identity) { $1 },
            directory: project.folder.path)
        let lines = Recorder()
        let status = try await SubprocessRunner(clock: SystemClock()).run(shell) { lines.note($0.text) }
        guard case .exited(let code) = status else { return (-1, "") }
        return (code, lines.lines.joined(separator: "\n"))
    }

    private func expectGood(_ command: String) async throws {
        let typed = try await type(command)
        #expect(typed.code == 0, "\(command): \(typed.said)")
    }

    @Test func whatInitTellsWorks() async throws {
        try project.folder.write("<html></html>\n", to: "public/index.html")
        let missing = try await project.runner("run", "pipelines/deploy.yml")
        #expect(missing.code == 64)
        for command in ["runner init", "git init -q . && git add -A && git commit -qm one"] {
            try await expectGood(command)
        }
        #expect(missing.raw.error.contains("`runner init`"), "\(missing.error)")
        try project.folder.write("", to: "empty.yml")
        #expect(try await project.runner("validate", "empty.yml").raw.error.contains("`runner init`"))
        let said = try await project.runner("init", "-o", "again.yml")
        let told = commands("runner", in: said.raw.error)
        #expect(told == ["runner validate again.yml", "runner plan again.yml"])
        try await expectGood(told[0])

        // The plan tells that the commit has no tag, and how to give it one.
        let untagged = try await type(told[1])
        #expect(untagged.code == 1, "\(untagged.said)")
        let tag = try #require(commands("git", in: untagged.said).first, "\(untagged.said)")
        #expect(tag == "git tag v1.2.3")
        try await expectGood(tag)
        let text = try project.text("again.yml").replacing("/srv/www/my-site", with: project.folder["store"].string)
        try project.folder.write(text, to: "again.yml")
        try await expectGood(told[1])
    }

    @Test func whatARunAtWorkTellsWorks() async throws {
        try project.writeDeploy(
            "  - { id: check, uses: exec, rollback: false, with: { run: \"touch waiting; while ! test -e go; do sleep 0.05; done\" } }"
        )
        let process = try project.start("run", "deploy.yml", "-i", "release=v1", "-q")
        try await project.waitFor("waiting")
        let busy = try await project.runner("resume")
        #expect(busy.code == 75, "\(busy.error)")
        for command in commands("runner", in: busy.raw.error) { try await expectGood(command) }
        try project.folder.write("", to: "go")
        #expect(try await process.end().code == 0)
    }

    @Test func resumeTellsNothingThatRefuses() async throws {
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
        try project.writeDeploy("  - { id: check, uses: exec, rollback: false, with: { run: exit 1 } }")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 1)
        let over = try await project.runner("resume")
        #expect(over.code == 64)
        #expect(
            over.error == """
                error: run RUN did not go well and is over, so there is nothing to resume
                  help: run the pipeline again

                """)
    }

    @Test func aPipelineThatWasChangedCanBeTakenBack() async throws {
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
        try project.writeDeploy(
            "  - { id: check, uses: exec, rollback: false, with: { run: \"touch waiting; exec sleep 100\" } }")
        let process = try project.start("run", "deploy.yml", "-i", "release=v2", "-q")
        try await project.waitFor("waiting")
        process.signal(9)
        _ = try await process.end()
        try project.writeDeploy()
        let refused = try await project.runner("resume")
        #expect(refused.code == 65)
        let command = try #require(commands("runner", in: refused.raw.error).first, "\(refused.error)")
        try await expectGood(command)
        #expect(try project.live() == "v1")
    }

    @Test func whatCannotBeUndoneIsShown() async throws {
        try project.writeDeploy(
            """
              - { id: note, uses: exec, with: { run: "true" } }
              - { id: check, uses: exec, rollback: false, with: { run: exit 1 } }
            """)
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v1")
        #expect(said.code == 3)
        let told = commands("runner", in: said.raw.error)
        #expect(told.count == 1 && told[0].hasPrefix("runner show "), "\(said.error)")
        for command in told { try await expectGood(command) }
    }
}
