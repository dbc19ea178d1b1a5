import FoundationEssentials
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
                Self.adviceOnVersions))
        // No pointer is at v1 any more, so it may be replaced.
        try await project.expectDeploys()
        try project.folder.write("<html>3</html>\n", to: "site/two.html")
        try await project.expectRefusal(
            ["deploy.yml", "-i", "release=v1"],
            saying: CommandProject.failed(
                "upload", "release v1 is in file://~/store already, with other content: two.html (content)",
                Self.adviceOnVersions + "; as no pointer is at it, `overwrite: true` can replace it"))
        let deploy = try project.text("deploy.yml")
        try project.folder.write(
            deploy.replacing("version: \"${{ inputs.release }}\"", with: "version: v1, overwrite: true"),
            to: "overwrite.yml")
        let said = try await project.runner("run", "-q", "overwrite.yml", "-i", "release=v1")
        #expect(said.code == 0, "\(said.error)")
        #expect(try project.text("store/releases/v1/two.html") == "<html>3</html>\n")
    }

    private static let adviceOnVersions =
        "give the new content a version of its own: with `append: run` of `git-tag` every run has one, and so has a "
        + "`version` that ends with `${{ run.id }}`"

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
                tidy.yml:4:48: error: `keep` must be at least 1, not 0
                      - { uses: prune, with: { store: store, keep: 0 } }
                                                                   ^
                1 problem in tidy.yml
                error: the pipeline file is wrong, so nothing was run
                  help: correct the file, and check it with `runner validate FILE`
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
                  help: \(project.helpForDenied("store/.runner/lease.lock"))
                the run failed after TIME; there was nothing to restore
                """)
        try await project.expectDeploys()
    }

    /// The command is typed as it is printed, by an administrator's `sudo`.
    @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
    func aStoreWhoseFolderMayNotBeMade() async throws {
        let nobody = 65_534
        chmod(project.folder.path.string, 0o755)
        mkdir(project.folder["state"].string, 0o777)
        chmod(project.folder["state"].string, 0o777)
        let deploy = try project.text("deploy.yml").replacing("store: store", with: "store: \"my store\"")
        try project.folder.write(deploy, to: "deploy.yml")
        func run() async throws -> Said {
            try await project.runner(
                "run", "-q", "deploy.yml", "-i", "release=v1", "--state", "state", user: nobody)
        }
        // Missing, and then one that the administrator has made for himself.
        for isMade in [false, true] {
            if isMade { mkdir(project.folder["my store"].string, 0o755) }
            let plan = try await project.runner(
                "plan", "deploy.yml", "-i", "release=v1", "--state", "state", user: nobody)
            #expect(
                plan.error.contains("  help: make it once, as a folder of yours: `sudo install -d -o")
                    || plan.output.contains("make it once"), "\(plan.error)\(plan.output)")
            let refused = try await run()
            #expect(refused.code == 1)
            #expect(
                refused.error == """
                    error: the run failed: cannot make the folder ~/my store\(isMade ? "/.runner" : ""): permission denied
                      help: make it once, as a folder of yours: `sudo install -d -o "$(id -un)" '~/my store'`
                    the run failed after TIME; there was nothing to restore
                    visitors have what they had before

                    """)
            let commands = CommandProject.commands("sudo ", in: refused.raw.error)
            try #require(commands.count == 1)
            try project.folder.write("#!/bin/sh\nexec \"$@\"\n", to: "bin/sudo")
            try project.folder.write("#!/bin/sh\necho nobody\n", to: "bin/id")
            for name in ["sudo", "id"] { chmod(project.folder["bin/" + name].string, 0o755) }
            try await project.typeWell(
                commands[0], environment: ["PATH": project.folder["bin"].string + ":/usr/bin:/bin"])
            let said = try await run()
            #expect(said.code == 0, "\(said.error)")
            try FileManager.default.removeItem(atPath: project.folder["my store"].string)
        }
        // What another tool has there is not given away.
        try project.folder.write("by hand\n", to: "my store/releases/before/index.html")
        let other = try await run()
        #expect(other.code == 1 && other.error.contains(project.helpForDenied("my store/.runner")), "\(other.error)")
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
            said.filter { !$0.hasPrefix("  FAILED") && !$0.hasPrefix("   --> ") }.dropLast().joined(separator: "\n")
                == CommandProject.failed(
                    "upload", "cannot write ~/store/releases/v2/index.html: no space is left on the disk",
                    "make room on the disk (`df -h ~/store/releases/v2`) and run again", restored: true))
        #expect(said.last == "visitors have what they had before")
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
