import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// A run folder is done as it says: its commands are run. So it must have been made by this user, here.
@Suite(.timeLimit(.minutes(10))) struct ForeignRunTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.writeDeploy()
    }

    /// A run that was killed in its last step, as somebody else would plant it: whoever continues it makes `pwned`.
    private func interruptedRun() async throws -> String {
        try project.writeDeploy(
            "  - { id: last, uses: exec, with: { run: 'echo $$ > pwned; exec sleep 1000', effect: none } }")
        let process = try project.start("run", "-q", "deploy.yml", "-i", "release=v1")
        try await project.waitFor("pwned")
        var child: Int32?
        // The file is there a moment before what is in it.
        while child == nil { child = Int32(try project.text("pwned").filter(\.isNumber)) }
        process.signal(SIGKILL)
        _ = try await process.end()
        if let child { kill(child, SIGKILL) }
        unlink(project.folder["pwned"].string)
        return try project.newestRun()
    }

    private func expectRefusal(_ reason: String, help: String) async throws {
        for command in [["recover"], ["resume"], ["rollback", "-y"], ["show"], ["runs"]] {
            let said = try await project.runner(command)
            if command != ["runs"] { #expect(said.code != 0, "\(command)") }
            #expect(said.error.contains(reason), "\(command): \(said.error)")
            #expect(said.error.contains(help), "\(command): \(said.error)")
        }
        #expect(!project.exists("pwned"))
        // A new run says it, and does not advise to finish it.
        try project.folder.write(
            "version: 1\nname: other\nsteps:\n  - { uses: exec, with: { run: 'true' } }\n", to: "other.yml")
        let said = try await project.runner(["run", "other.yml"])
        #expect(said.code == 0 && said.error.contains("warning:") && said.error.contains(reason), "\(said.error)")
        #expect(!said.error.contains("is unfinished"), "\(said.error)")
    }

    @Test func aRunThatOthersMayWriteInto() async throws {
        let run = try await interruptedRun()
        let path = project.folder.path.pushing(FilePath(run)).string
        try #require(chmod(path, 0o770) == 0)
        try await expectRefusal(
            "others than its owner may use the run folder ~/.runner/runs/RUN (mode 0770): what it says is not trusted",
            help: "`chmod go= ~/.runner/runs/RUN`")
        try #require(chmod(path, 0o700) == 0)
        let said = try await project.runner(["rollback", "-y"])
        #expect(said.code == 0, "\(said.error)")
    }

    /// Root is no exception: what another user has planted would be done with root's rights.
    @Test func aRunOfAnotherUser() async throws {
        try #require(geteuid() == 0)
        let run = try await interruptedRun()
        try #require(chown(project.folder.path.pushing(FilePath(run)).string, 65_534, 65_534) == 0)
        try await expectRefusal(
            "the run folder ~/.runner/runs/RUN belongs to user 65534, and this is user 0: what it says is not trusted",
            help: "type the command as that user, not as root")
    }

    @Test func aRunThatIsALink() async throws {
        let run = try await interruptedRun()
        try project.move(run, to: "elsewhere")
        try #require(
            symlink(project.folder["elsewhere"].string, project.folder.path.pushing(FilePath(run)).string) == 0)
        try await expectRefusal("~/.runner/runs/RUN is a symbolic link", help: "`ls -ld ~/.runner/runs/RUN`")
    }

    @Test func aRunThatGitTracks() async throws {
        let run = try await interruptedRun()
        let git = "git -c user.name=x -c user.email=x@x"
        try await shell("git init -q && \(git) add -f .runner && \(git) commit -qm planted")
        try await expectRefusal(
            "git tracks the run folder ~/.runner/runs/RUN: it came with the checkout, and was not made here",
            help: "`git -C ~/.runner/runs rm -r -q -- RUN`")
        // Nothing of the checkout is started to find that out.
        try await shell("git config core.fsmonitor 'touch ../../pwned; true'")
        _ = try await project.runner(["recover"])
        #expect(!project.exists("pwned"))
        try await shell("git -C .runner/runs rm -r -q -- \(FilePath(run).lastComponent?.string ?? "")")
        let said = try await project.runner(["recover"])
        #expect(said.code == 0 && !said.error.contains("tracks"), "\(said.error)")
    }

    /// One that git could track, and does not, is the user's.
    @Test func aRunInACheckout() async throws {
        try await shell("git init -q")
        _ = try await interruptedRun()
        let said = try await project.runner(["rollback", "-y"])
        #expect(said.code == 0, "\(said.error)")
    }

    @Test func withoutGitNobodyKnows() async throws {
        try await shell("git init -q")
        let run = try await interruptedRun()
        let said = try await project.runner(["recover"], environment: ["PATH": "/nonexistent"])
        #expect(said.code != 0)
        #expect(said.error.contains("git cannot tell whether the runs in ~/.runner/runs came with the checkout"))
        #expect(!project.exists("pwned"))
        // The way out that it tells.
        try project.move(".runner", to: "../\(project.folder.path.lastComponent?.string ?? "")-state")
        let state = project.folder.path.string + "-state"
        let moved = try await project.runner(
            ["rollback", "-y", "--state", state], environment: ["PATH": "/nonexistent"])
        #expect(moved.code == 0, "\(moved.error)")
        _ = try? await shell("rm -rf \(state)")
        #expect(!run.isEmpty)
    }

    /// On a volume whose modes are fixed every folder is so.
    @Test func aFolderOfRunsThatOthersMayWriteInto() async throws {
        try await project.deployFirst()
        try #require(chmod(project.folder[".runner/runs"].string, 0o770) == 0)
        let said = try await project.runner(["run", "-q", "deploy.yml", "-i", "release=v2"])
        #expect(said.code == 1)
        #expect(
            said.error.contains("~/.runner/runs (mode 0770)") && said.error.contains("RUNNER_STATE"), "\(said.error)")
        try await project.expectDeploys("deploy.yml", "-i", "release=v2", "--state", "own")
    }

    private func shell(_ script: String) async throws {
        let status = try await SubprocessRunner(clock: SystemClock()).run(
            Command("sh", ["-c", script], environment: project.environment, directory: project.folder.path)
        ) { _ in }
        try #require(status.isSuccess, "\(script)")
    }
}
