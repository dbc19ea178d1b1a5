import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Faulty stores: the error is clear, nothing is lost, and a deploy works again once the fault is mended.
@Suite struct BadStoreTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.writeDeploy()
    }

    @Test func aVersionThatExistsWithOtherContent() async throws {
        try await project.deployFirst()
        try project.folder.write("<html>2</html>\n", to: "site/two.html")
        try await project.expectRefusal(
            ["deploy.yml", "-i", "release=v1"],
            saying: CommandProject.failed(
                "upload", "release v1 is in file://~/store already, with other content: two.html (content)",
                "give the new content a version of its own, or set `overwrite: true`"))
        try await project.expectDeploys()
    }

    @Test func keepingNoRelease() async throws {
        try await project.deployFirst()
        try project.folder.write(
            """
            version: 1
            name: tidy
            steps:
              - { uses: prune, with: { store: store, keep: 0 } }

            """, to: "tidy.yml")
        try await project.expectRefusal(
            ["tidy.yml"], code: 65,
            saying: """
                ~/tidy.yml:4:48: error: `keep` must be at least 1, not 0
                      - { uses: prune, with: { store: store, keep: 0 } }
                                                                   ^
                1 problem in ~/tidy.yml

                error: the pipeline file is wrong, so nothing was run
                  help: mend it and check it with `runner validate FILE`
                """)
        try await project.expectDeploys()
    }

    @Test func aRealFolderWhereTheLinkShouldBe() async throws {
        try await project.deployFirst()
        unlink(project.folder["store/current"].string)
        try project.folder.write("by hand\n", to: "store/current/index.html")
        try await project.expectRefusal(
            saying: CommandProject.failed(
                "switch", "~/store/current is a real folder, and must be a symbolic link to a release",
                "make a release of it: `mkdir -p ~/store/releases && cp -a ~/store/current ~/store/releases/before && "
                    + "ln -s releases/before ~/store/current-link`; let the web server read ~/store/current-link "
                    + "instead, and set `current: current-link`: visitors always find a site", restored: true))
        // Both names exist now, so the advice takes others.
        try project.folder.write("", to: "store/releases/before/index.html")
        try project.point("store/current-link", at: "nowhere")
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2")
        #expect(said.error.contains("~/store/releases/before-2 && ln -s releases/before-2 ~/store/current-link-2`"))
        try project.move("store/current", to: "store/current.before")
        try await project.expectDeploys()
        #expect(try project.text("store/current.before/index.html") == "by hand\n")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
    func aStoreThatMayNotBeWritten() async throws {
        try await project.deployFirst()
        chmod(project.folder.path.string, 0o755)
        mkdir(project.folder["state"].string, 0o777)
        chmod(project.folder["state"].string, 0o777)
        try await project.expectRefusal(
            ["deploy.yml", "-i", "release=v2", "--state", "state"], user: 65_534,
            saying: """
                error: the run failed: cannot open ~/store/.runner/lease.lock: permission denied
                  help: look at each part of the path, its owner and mode with `namei -l ~/store/.runner/lease.lock`
                the run failed after TIME; there was nothing to restore
                """)
        try await project.expectDeploys()
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
                == CommandProject.failed(
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
