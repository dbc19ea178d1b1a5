import Digest
import FoundationEssentials
import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Sites, tags and stores that are not as they should be: told clearly, nothing lost, and good again once it is mended.
@Suite struct BadInputTests {
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

    /// Runs a pipeline that is to be refused over a store whose `current` is at v1, and looks at the store before and
    /// after it.
    ///
    /// - Parameter error: standard error, without the row of the step that failed, which is cut to the terminal.
    private func expectRefusal(
        _ arguments: [String] = ["deploy.yml", "-i", "release=v2"], code: Int = 1, user: Int? = nil,
        saying error: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try stored()
        try #require(before.count > 4, sourceLocation: sourceLocation)
        let process = try project.start(arguments: ["run", "-q"] + arguments, user: user)
        let said = try await project.said(by: process)
        #expect(said.code == code, sourceLocation: sourceLocation)
        let lines = said.error.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.filter { !$0.hasPrefix("  FAILED  ") }.joined(separator: "\n") == error + "\n",
            sourceLocation: sourceLocation)
        #expect(said.output == "", sourceLocation: sourceLocation)
        #expect(try stored() == before, sourceLocation: sourceLocation)
    }

    /// Every file and link of the store, with its mode and what it holds.
    private func stored() throws -> [String: String] {
        var found: [String: String] = [:]
        let root = project.folder["store"].string
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            var status = stat()
            try #require(lstat(root + "/" + name, &status) == 0)
            let mode = String(status.st_mode, radix: 8)
            switch status.st_mode & S_IFMT {
            case S_IFDIR: continue
            case S_IFLNK: found[name] = mode + " " + (project.readLink("store/" + name) ?? "")
            default:
                found[name] = mode + " " + SHA256.hash(try DurableFile.read(FilePath(root + "/" + name))).description
            }
        }
        return found
    }

    private func deployFirst(user: Int? = nil) async throws {
        let first = try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q", user: user)
        try #require(first.code == 0, "\(first.error)")
    }

    /// After the mistake has been mended.
    private func expectDeploys(_ arguments: String..., live: String = "v2", user: Int? = nil) async throws {
        let arguments = arguments.isEmpty ? ["deploy.yml", "-i", "release=v2"] : arguments
        let process = try project.start(arguments: ["run", "-q"] + arguments, user: user)
        let said = try await project.said(by: process)
        #expect(said.code == 0, "\(said.error)")
        #expect(try project.live() == live)
    }

    private static func failed(_ step: String, _ message: String, _ help: String, restored: Bool = false) -> String {
        """
        error: step `\(step)` failed: \(message)
          help: \(help)
        the run failed after TIME; \(restored ? "everything that it had changed is restored" : "there was nothing to restore")
        """
    }

    // MARK: git

    private func git(_ arguments: String...) async throws {
        let command = Command(
            "/usr/bin/git", ["-c", "user.name=a", "-c", "user.email=a@example.com"] + arguments,
            environment: project.environment, directory: project.folder.path)
        try #require(try await SubprocessRunner(clock: SystemClock()).run(command) { _ in } == .exited(0))
    }

    @Test func noRepositoryNoTagADirtyTreeAndATagThatIsNoVersion() async throws {
        try await deployFirst()
        try await expectRefusal(
            ["tagged.yml"],
            saying: Self.failed(
                "tag",
                "~ is in no git repository: fatal: not a git repository (or any of the parent directories): .git",
                "set `repository` to the work tree's folder; in CI, check the project out with git, not as an archive"))

        try project.folder.write("store/\n", to: ".gitignore")
        try await git("init", "-q", ".")
        try await git("add", "-A")
        try await git("commit", "-qm", "one")
        let head = try await head()
        try await expectRefusal(
            ["tagged.yml"],
            saying: Self.failed(
                "tag", "no tag points at the commit \(head)",
                "tag it with `git tag v1.2.3`, or set `fallback: describe` or `fallback: commit`"))

        try await git("tag", "v2")
        try project.folder.write("draft\n", to: "site/draft.html")
        try await expectRefusal(
            ["tagged.yml"],
            saying: Self.failed(
                "tag", "the work tree has changes that are in no commit: `?? site/draft.html`",
                "commit them, put them away with `git stash -u`, or list what the build makes in .gitignore"))
        unlink(project.folder["site/draft.html"].string)

        try await git("tag", "-d", "v2")
        try await git("tag", "v$(id)")
        try await expectRefusal(
            ["tagged.yml"],
            saying: Self.failed(
                "tag", "the tag `v$(id)` cannot name a release: it has `$` in it",
                "a name has letters, digits, `.`, `_` and `-`, and starts with a letter or digit: tag the commit with "
                    + "such a name, or choose other tags with `match`"))

        try await git("tag", "-d", "v$(id)")
        try await git("tag", "v2")
        try await expectDeploys("tagged.yml")
    }

    private func head() async throws -> String {
        let lines = Recorder()
        let command = Command(
            "/usr/bin/git", ["rev-parse", "--short=12", "HEAD"], environment: project.environment,
            directory: project.folder.path)
        _ = try await SubprocessRunner(clock: SystemClock()).run(command) { lines.note($0.text) }
        return try #require(lines.lines.first)
    }

    // MARK: the site

    private func move(_ name: String, to other: String) throws {
        try #require(rename(project.folder[name].string, project.folder[other].string) == 0)
    }

    @Test func aSourceThatIsMissingEmptyOrAFile() async throws {
        try await deployFirst()
        try move("site", to: "away")
        try await expectRefusal(
            saying: Self.failed(
                "list", "there is no source folder ~/site",
                "build the site first, or correct `source`; relative paths start at the project's folder"))
        mkdir(project.folder["site"].string, 0o755)
        try await expectRefusal(
            saying: Self.failed(
                "list", "nothing to deploy in ~/site: it has no file, or none that is not left out",
                "build the site first, and look at `source`, `include` and `exclude`"))
        rmdir(project.folder["site"].string)
        try project.folder.write("a site\n", to: "site")
        try await expectRefusal(
            saying: Self.failed(
                "list", "the source ~/site is a file, and a site is a folder",
                "name the folder that holds the site's files in `source`"))
        unlink(project.folder["site"].string)
        try move("away", to: "site")
        try await expectDeploys()
    }

    @Test func aLinkOutOfTheSiteAndSpecialFiles() async throws {
        try await deployFirst()
        let odd = project.folder["site/odd"].string
        try #require(symlink("../deploy.yml", odd) == 0)
        try await expectRefusal(
            saying: Self.failed(
                "list", "`odd` in ~/site is a symbolic link out of the site, to ~/deploy.yml",
                "take it out of the site, or leave it out with `exclude: [\"odd\"]`"))
        unlink(odd)
        for make in [{ mkfifo(odd, 0o600) }, { mknod(odd, S_IFSOCK | 0o600, 0) }] {
            try #require(make() == 0)
            try await expectRefusal(
                saying: Self.failed(
                    "list", "`odd` in ~/site is no file but a pipe, a socket or a device",
                    "take it out of the site, or leave it out with `exclude: [\"odd\"]`"))
            unlink(odd)
        }
        try await expectDeploys()
    }

    @Test func aFileThatChangesBetweenItsHashAndItsCopy() async throws {
        try await deployFirst()
        // Other content than that of v1, of which a file would be shared and not read again.
        try project.folder.write("<html>2</html>\n", to: "site/two.html")
        let good = try project.text("deploy.yml")
        let change = "  - { uses: exec, rollback: false, with: { run: \"echo more >> site/two.html\" } }\n"
        try project.folder.write(
            good.replacing("  - { id: upload", with: change + "  - { id: upload"), to: "changing.yml")
        try await expectRefusal(
            ["changing.yml", "-i", "release=v2"],
            saying: Self.failed(
                "upload",
                "`two.html` was changed while it was uploaded: ~/site/two.html no longer has the bytes that were hashed",
                "let the build finish first, then run the pipeline again from its start", restored: true))
        try await expectDeploys()
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
    func aFileThatMayNotBeRead() async throws {
        let nobody = 65_534
        chmod(project.folder.path.string, 0o777)
        try await deployFirst(user: nobody)
        chmod(project.folder["site/two.html"].string, 0)
        try await expectRefusal(
            user: nobody,
            saying: Self.failed(
                "list", "cannot open ~/site/two.html: permission denied",
                "look at its owner and mode with `ls -ld ~/site/two.html`"))
        chmod(project.folder["site/two.html"].string, 0o644)
        try await expectDeploys(user: nobody)
    }

    // MARK: the store

    @Test func aVersionThatExistsWithOtherContent() async throws {
        try await deployFirst()
        try project.folder.write("<html>2</html>\n", to: "site/two.html")
        try await expectRefusal(
            ["deploy.yml", "-i", "release=v1"],
            saying: Self.failed(
                "upload", "release v1 is in file://~/store already, with other content: two.html (content)",
                "give the new content a version of its own, or set `overwrite: true`"))
        try await expectDeploys()
    }

    @Test func keepingNoRelease() async throws {
        try await deployFirst()
        try project.folder.write(
            """
            version: 1
            name: tidy
            steps:
              - { uses: prune, with: { store: store, keep: 0 } }

            """, to: "tidy.yml")
        try await expectRefusal(
            ["tidy.yml"], code: 65,
            saying: """
                ~/tidy.yml:4:48: error: `keep` must be at least 1, not 0
                      - { uses: prune, with: { store: store, keep: 0 } }
                                                                   ^
                1 problem in ~/tidy.yml

                error: the pipeline file is wrong, so nothing was run
                  help: mend it and check it with `runner validate FILE`
                """)
        try await expectDeploys()
    }

    @Test func aRealFolderWhereTheLinkShouldBe() async throws {
        try await deployFirst()
        unlink(project.folder["store/current"].string)
        try project.folder.write("by hand\n", to: "store/current/index.html")
        try await expectRefusal(
            saying: Self.failed(
                "switch", "~/store/current is a real folder or file, and must be a symbolic link to a release",
                "move it away (`mv ~/store/current ~/store/current.before`) and run again; the link is then made",
                restored: true))
        try move("store/current", to: "store/current.before")
        try await expectDeploys()
        #expect(try project.text("store/current.before/index.html") == "by hand\n")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
    func aStoreThatMayNotBeWritten() async throws {
        try await deployFirst()
        chmod(project.folder.path.string, 0o755)
        mkdir(project.folder["state"].string, 0o777)
        chmod(project.folder["state"].string, 0o777)
        try await expectRefusal(
            ["deploy.yml", "-i", "release=v2", "--state", "state"], user: 65_534,
            saying: """
                error: the run failed: cannot open ~/store/.runner/lease.lock: permission denied
                  help: look at its owner and mode with `ls -ld ~/store/.runner/lease.lock`
                the run failed after TIME; there was nothing to restore
                """)
        try await expectDeploys()
    }

    /// A file system of 1 MiB, mounted where only these processes see it.
    @Test(.enabled(if: Self.canMount, "only root can mount, and not in every container"))
    func aDiskThatIsFull() async throws {
        try project.folder.write([UInt8](repeating: 0x61, count: 2 << 20), to: "big/index.html")
        try project.folder.write(
            """
            mkdir -p store
            mount -t tmpfs -o size=1m none store
            deploy() { "$RUNNER" run -q "$@"; }
            sum() { (cd store; find . -type f -exec sha256sum {} +; readlink current) | sort > "$1"; }
            deploy deploy.yml -i release=v1
            sum before
            if deploy big.yml -i release=v2 2> said; then exit 9; else echo $? > code; fi
            sum after
            deploy deploy.yml -i release=v3
            readlink store/current > live

            """, to: "full.sh")
        try project.folder.write(
            CommandProject.deploy().replacing("source: site", with: "source: big"), to: "big.yml")
        var environment = project.environment
        environment["RUNNER"] = try RunnerProcess.executable.string
        let command = Command(
            "/usr/bin/unshare", ["--mount", "/bin/sh", "-e", "full.sh"], environment: environment,
            directory: project.folder.path)
        let lines = Recorder()
        let status = try await SubprocessRunner(clock: SystemClock()).run(command) { lines.note($0.text) }
        #expect(status == .exited(0), "\(lines.lines)")
        #expect(try project.text("code") == "1\n")
        let said = Said.normalised(try project.text("said"), in: project.folder.path).split(separator: "\n")
        #expect(
            said.dropFirst().joined(separator: "\n")
                == Self.failed(
                    "upload", "cannot write ~/store/releases/v2/index.html: no space is left on the disk",
                    "make room on the disk (`df -h ~/store/releases/v2`) and run again", restored: true))
        #expect(try project.text("after") == project.text("before"))
        #expect(try project.text("before").contains("releases/v1/index.html"))
        #expect(try project.text("live") == "releases/v3\n")
    }

    private static let canMount: Bool = {
        guard geteuid() == 0 else { return false }
        var processID: pid_t = 0
        let words = ["/usr/bin/unshare", "--mount", "/bin/mount", "-t", "tmpfs", "none", "/mnt"]
        let arguments = words.map { strdup($0) } + [nil]
        defer { for text in arguments { free(text) } }
        var status: Int32 = 0
        return posix_spawn(&processID, words[0], nil, nil, arguments, environ) == 0
            && waitpid(processID, &status, 0) == processID && status == 0
    }()
}
