import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Commands that messages about a repository advise, typed in the state that caused the message: the run then succeeds.
@Suite struct GitAdviceTests {
    private let project: CommandProject
    /// As a user may have named it.
    private let checkout = "ann's site"

    init() async throws {
        project = try CommandProject()
        try project.folder.write(
            """
            version: 1
            name: tag
            steps:
              - { uses: git-tag, with: { require-clean: true } }

            """, to: checkout + "/tag.yml")
        try project.folder.write(".runner/\n", to: checkout + "/.gitignore")
        try await git("git init -q -b main .")
    }

    private func git(_ line: String) async throws { try await project.typeWell(line, in: checkout) }

    private func run(_ environment: [String: String] = [:], in name: String? = nil) async throws -> Said {
        try await project.runner("run", "tag.yml", environment: environment, in: name ?? checkout)
    }

    /// - Parameter name: the folder in which the commands are typed.
    private func followAdvice(
        _ environment: [String: String] = [:], in name: String? = nil, told: [String]
    ) async throws {
        let refused = try await run(environment, in: name)
        #expect(refused.code == 1, "\(refused.error)")
        let commands = CommandProject.commands("git ", in: refused.raw.error)
        #expect(commands == told, "\(refused.error)")
        for command in commands {
            try await project.typeWell(command, environment: environment, in: name ?? checkout)
        }
        let said = try await run(environment, in: name)
        #expect(said.code == 0, "\(said.error)")
    }

    @Test func aRepositoryWithoutACommit() async throws {
        try await followAdvice(told: ["git add -A && git commit -m first", "git tag v1.0.0"])
    }

    @Test func aCommitWithoutATag() async throws {
        try await git("git add -A && git commit -qm one")
        try await followAdvice(told: ["git tag v1.0.0"])
    }

    /// The tag before is taken, also under the pipeline's own prefix.
    @Test(arguments: ["", "docs-v", "shop@"])
    func aCommitAfterATag(_ prefix: String) async throws {
        let text = try project.text(checkout + "/tag.yml")
        let option = prefix.isEmpty ? "" : ", strip-prefix: \"\(prefix)\""
        try project.folder.write(
            text.replacing("require-clean: true", with: "require-clean: true\(option)"), to: checkout + "/tag.yml")
        let tag = prefix.isEmpty ? "v1.2." : prefix + "1.2."
        try await git("git add -A && git commit -qm one && git tag '\(tag)3' && git commit -q --allow-empty -m two")
        try await followAdvice(told: ["git tag \(tag)4"])
    }

    @Test func aWorkTreeWithChanges() async throws {
        try await git("git add -A && git commit -qm one && git tag v1.0.0 && echo new > new.html")
        try await followAdvice(told: ["git stash -u"])
    }

    /// Git's own tests use it to pretend that there is another owner.
    private static let otherOwner = ["GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"]

    /// Git wants the top of the checkout, also if the step names a folder in it.
    @Test(arguments: ["", "site/pages"])
    func aRepositoryOfAnotherUser(_ name: String) async throws {
        if !name.isEmpty {
            try project.folder.write("x", to: checkout + "/\(name)/index.html")
            let text = try project.text(checkout + "/tag.yml")
            try project.folder.write(
                text.replacing("require-clean: true", with: "require-clean: true, repository: \(name)"),
                to: checkout + "/tag.yml")
        }
        try await git("git add -A && git commit -qm one && git tag v1.0.0")
        let path = ShellWord.quoted(project.folder[checkout].string)
        try await followAdvice(Self.otherOwner, told: ["git config --global --add safe.directory \(path)"])
    }

    /// As in a container whose user has no home: there is no global configuration to write to.
    @Test func aRepositoryOfAnotherUserWithoutAHome() async throws {
        try await git("git add -A && git commit -qm one && git tag v1.0.0")
        let environment = Self.otherOwner.merging(["HOME": ""]) { $1 }
        let refused = try await run(environment)
        #expect(refused.code == 1 && !refused.error.contains("--global"), "\(refused.error)")
        let command = try #require(CommandProject.commands("export ", in: refused.raw.error).first, "\(refused.error)")
        try await project.typeWell("\(command) && runner run tag.yml", environment: environment, in: checkout)
    }

    @Test func aShallowCloneWithoutItsTags() async throws {
        try await git("git add -A && git commit -qm one && git commit -q --allow-empty -m two && git tag v1.0.0")
        try await git("git clone -q --no-tags --depth 1 \"file://$PWD\" ../clone")
        let refused = try await run(in: "clone")
        #expect(refused.code == 1)
        let commands = CommandProject.commands("git ", in: refused.raw.error)
        try #require(commands == ["git fetch --unshallow --tags", "git tag v1.0.0"], "\(refused.error)")
        try await project.typeWell(commands[0], in: "clone")
        #expect(try await run(in: "clone").code == 0)
    }

    @Test func aRepositoryThatIsDamaged() async throws {
        try await git("git add -A && git commit -qm one && git tag v1.0.0")
        // The commit's tree is gone.
        try await git(
            "h=$(git rev-parse 'HEAD^{tree}') && rm -f .git/objects/$(echo $h | cut -c1-2)/$(echo $h | cut -c3-)")
        let refused = try await run()
        #expect(refused.code == 1 && refused.error.contains("`git fsck`"), "\(refused.error)")
        let checked = try await project.type("git fsck", in: checkout)
        #expect(checked.code != 0 && checked.said.contains("missing tree"), "\(checked.said)")
    }
}
