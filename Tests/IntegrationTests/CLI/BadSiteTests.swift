import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Faulty tags and sites: the error is clear, nothing is lost, and a deploy works again once the fault is mended.
@Suite struct BadSiteTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.writeDeploy()
        // git-tag and the site of a git checkout.
        try project.folder.write(
            """
            version: 1
            name: tagged
            with: { store: store }
            steps:
              - { id: tag, uses: git-tag, with: { require-clean: true } }
              - { id: list, uses: hash, with: { source: site } }
              - { id: upload, uses: sync }
              - { id: switch, uses: switch-origin }

            """, to: "tagged.yml")
    }

    private func git(_ arguments: String...) async throws {
        let command = Command(
            "/usr/bin/git", ["-c", "user.name=a", "-c", "user.email=a@example.com"] + arguments,
            environment: project.environment, directory: project.folder.path)
        try #require(try await SubprocessRunner(clock: SystemClock()).run(command) { _ in } == .exited(0))
    }

    @Test func noRepositoryNoTagADirtyTreeAndATagThatIsNoVersion() async throws {
        try await project.deployFirst()
        try await project.expectRefusal(
            ["tagged.yml"],
            saying: CommandProject.failed(
                "tag",
                "~ is in no git repository: fatal: not a git repository (or any of the parent directories): .git",
                "set `repository` to the work tree's folder; in CI, check the project out with git. For files without git, "
                    + "leave the step out and name the release by `version`, such as `version: \"${{ env.COMMIT }}\"`"))

        try project.folder.write("store/\n", to: ".gitignore")
        try await git("init", "-q", ".")
        try await git("add", "-A")
        try await git("commit", "-qm", "one")
        let head = try await head()
        try await project.expectRefusal(
            ["tagged.yml"],
            saying: CommandProject.failed(
                "tag", "no tag points at the commit \(head)",
                "tag it with `git tag v1.0.0`, or set `fallback: describe` or `fallback: commit`"))

        try await git("tag", "v2")
        try project.folder.write("draft\n", to: "site/draft.html")
        try await project.expectRefusal(
            ["tagged.yml"],
            saying: CommandProject.failed(
                "tag", "the work tree has changes that are in no commit: `?? site/draft.html`",
                "commit them, put them away with `git stash -u`, or list what the build makes in .gitignore"))
        unlink(project.folder["site/draft.html"].string)

        try await git("tag", "-d", "v2")
        try await git("tag", "v$(id)")
        try await project.expectRefusal(
            ["tagged.yml"],
            saying: CommandProject.failed(
                "tag", "the tag `v$(id)` cannot name a release: it contains `$`",
                "a name has letters, digits, `.`, `_` and `-`, and starts with a letter or digit: tag the commit with "
                    + "such a name, choose other tags with `match`, or set `fallback: commit`"))

        try await git("tag", "-d", "v$(id)")
        try await git("tag", "v2")
        try await project.expectDeploys("tagged.yml")
    }

    private func head() async throws -> String {
        let lines = Recorder()
        let command = Command(
            "/usr/bin/git", ["rev-parse", "--short=12", "HEAD"], environment: project.environment,
            directory: project.folder.path)
        _ = try await SubprocessRunner(clock: SystemClock()).run(command) { lines.note($0.text) }
        return try #require(lines.lines.first)
    }

    @Test func aSourceThatIsMissingEmptyOrAFile() async throws {
        try await project.deployFirst()
        try project.move("site", to: "away")
        try await project.expectRefusal(
            saying: CommandProject.failed(
                "list", "there is no source folder ~/site",
                "build the site first, or correct `source`; relative paths start at the project's folder, which is ~: "
                    + "`--project FOLDER` names another"))
        mkdir(project.folder["site"].string, 0o755)
        try await project.expectRefusal(
            saying: CommandProject.failed(
                "list", "nothing to deploy in ~/site: the folder is empty, or `include` and `exclude` leave no file",
                "build the site first, and check `source`, `include` and `exclude`"))
        rmdir(project.folder["site"].string)
        try project.folder.write("a site\n", to: "site")
        try await project.expectRefusal(
            saying: CommandProject.failed(
                "list", "the source ~/site is a file, and a site is a folder",
                "name the folder that holds the site's files in `source`"))
        unlink(project.folder["site"].string)
        try project.move("away", to: "site")
        try await project.expectDeploys()
    }

    @Test func aLinkOutOfTheSiteAndSpecialFiles() async throws {
        try await project.deployFirst()
        let odd = project.folder["site/odd"].string
        try #require(symlink("../deploy.yml", odd) == 0)
        try await project.expectRefusal(
            saying: CommandProject.failed(
                "list", "`odd` in ~/site is a symbolic link out of the site, to ~/deploy.yml",
                "take it out of the site, set `follow-links: true` to deploy what it leads to, or leave it out with "
                    + "`exclude: [\"odd\"]`"))
        unlink(odd)
        for make in [{ mkfifo(odd, 0o600) }, { mknod(odd, S_IFSOCK | 0o600, 0) }] {
            try #require(make() == 0)
            try await project.expectRefusal(
                saying: CommandProject.failed(
                    "list", "`odd` in ~/site is a pipe, a socket or a device",
                    "take it out of the site, or leave it out with `exclude: [\"odd\"]`"))
            unlink(odd)
        }
        try await project.expectDeploys()
    }

    @Test func aFileThatChangesBetweenItsHashAndItsCopy() async throws {
        try await project.deployFirst()
        // Not the content of v1: such a file would be shared, and not read again.
        try project.folder.write("<html>2</html>\n", to: "site/two.html")
        let good = try project.text("deploy.yml")
        let change = "  - { uses: exec, rollback: false, with: { run: \"echo more >> site/two.html\" } }\n"
        try project.folder.write(
            good.replacing("  - { id: upload", with: change + "  - { id: upload"), to: "changing.yml")
        try await project.expectRefusal(
            ["changing.yml", "-i", "release=v2"],
            saying: CommandProject.failed(
                "upload",
                "`two.html` was changed while it was uploaded: ~/site/two.html no longer has the bytes that were hashed",
                "wait for the build to finish, then run the pipeline again", restored: true))
        try await project.expectDeploys()
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
    func aFileThatMayNotBeRead() async throws {
        let nobody = 65_534
        chmod(project.folder.path.string, 0o777)
        try await project.deployFirst(user: nobody)
        chmod(project.folder["site/two.html"].string, 0)
        try await project.expectRefusal(
            user: nobody,
            saying: CommandProject.failed(
                "list", "cannot open ~/site/two.html: permission denied",
                "\(project.helpForDenied("site/two.html"))"))
        chmod(project.folder["site/two.html"].string, 0o644)
        try await project.expectDeploys(user: nobody)
    }
}
