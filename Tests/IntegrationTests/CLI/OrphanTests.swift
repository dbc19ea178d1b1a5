import FoundationEssentials
import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// What a killed runner leaves running, and what the commands that continue its run do about it.
@Suite struct OrphanTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
    }

    /// A pipeline whose step `work` starts `helper` in the background and stays at work, the first time only.
    ///
    /// - Parameter helper: a shell's text that writes its process id to `helper`.
    private func write(_ helper: String, options: String = "", before: String = "") throws {
        try project.folder.write("echo $$ > pid; echo up > up; exec sleep 1000\n", to: "work.sh")
        try project.folder.write(helper + "\n", to: "helper.sh")
        try project.folder.write(
            """
            version: 1
            name: work
            steps:
            \(before)
              - id: work
                uses: exec
                with:
                  run: |
                    echo run >> runs
                    [ $(wc -l < runs) = 1 ] || exit 0
                    sh helper.sh > /dev/null 2>&1 &
                    while [ ! -s helper ]; do sleep 0.01; done
                    exec sh work.sh
            \(options)
                rollback: false

            """, to: "work.yml")
    }

    private static let helper = "echo $$ > helper; exec sleep 1000"

    /// Starts the pipeline and kills the runner while the step's command is at work.
    private func kill() async throws {
        let process = try project.start("run", "work.yml")
        try await project.waitFor("up")
        let records = try JournalReader.read(project.folder[project.newestRun() + "/journal.jsonl"]).records
        let history = RunHistory(records)
        process.signal(SIGKILL)
        let ending = try await process.end()
        // Only then does it show anything.
        try #require(ending.status == .signalled(Int(SIGKILL)), "\(ending)")
        try #require(history.prepared["work"] != nil && history.finished["work"] == nil && history.failed == nil)
    }

    private func processID(_ name: String) throws -> pid_t {
        try #require(pid_t(project.text(name).filter(\.isNumber)))
    }

    private func isAtWork(_ name: String) throws -> Bool {
        guard let bytes = try? DurableFile.read(FilePath("/proc/\(processID(name))/stat")) else { return false }
        return !String(decoding: bytes, as: UTF8.self).contains(") Z ")
    }

    private func waitForEnd(_ name: String) async throws {
        let limit = ContinuousClock.now + .seconds(60)
        while try isAtWork(name), ContinuousClock.now < limit { try await Task.sleep(for: .milliseconds(10)) }
        #expect(try !isAtWork(name), "\(name) is at work")
    }

    private var runs: Int {
        get throws { try project.text("runs").split(separator: "\n").count }
    }

    @Test func theCommandDiesWithTheRunner() async throws {
        try write(Self.helper)
        try await kill()
        try await waitForEnd("pid")
        // The kernel asks nobody what the command has started.
        #expect(try isAtWork("helper"))
        Glibc.kill(try processID("helper"), SIGKILL)
    }

    @Test(arguments: ["recover", "resume"]) func whatTheCommandHasStartedIsWaitedFor(command: String) async throws {
        try write(Self.helper)
        try await kill()
        let process = try project.start(command)
        try await process.says("waiting for what a killed process left at work: `sleep` (process")
        #expect(try runs == 1, "the step is at work twice")
        Glibc.kill(try processID("helper"), SIGKILL)
        let said = try await project.said(by: process)
        #expect(said.code == 0, "\(said.error)")
        #expect(said.error.components(separatedBy: "waiting for what").count == 2, "\(said.error)")
        #expect(try runs == 2)
    }

    /// In the command's process group, in a group and a session of its own, and one that takes no notice of SIGTERM.
    @Test(arguments: [
        "", "exec setsid sh ", "trap '' TERM; ",
    ]) func theyAreEndedOnRequest(kind: String) async throws {
        if kind.hasPrefix("exec") {
            try project.folder.write(Self.helper + "\n", to: "other.sh")
            try write(kind + "other.sh")
        } else {
            try write(kind + Self.helper)
        }
        try await kill()
        #expect(try isAtWork("helper"))
        let said = try await project.runner("recover", "--kill")
        #expect(said.code == 0, "\(said.error)")
        #expect(said.error.contains("ending what a killed process left at work: `sleep`"), "\(said.error)")
        #expect(try !isAtWork("helper") && runs == 2)
    }

    /// The group has a member that has closed the descriptor of the lock; another one has it.
    @Test func theWholeGroupIsEnded() async throws {
        // Plain `sh` cannot close a descriptor of that number.
        try write("bash -c 'exec 200>&-; exec sleep 1000' & echo $! > closed; \(Self.helper)")
        try await kill()
        #expect(try isAtWork("closed"))
        let said = try await project.runner("rollback", try #require(project.runs().first), "--kill")
        #expect(said.code == 0, "\(said.error)")
        try await waitForEnd("closed")
        #expect(try !isAtWork("helper") && runs == 1)
    }

    @Test func theWaitHasTheLimitOfTheStep() async throws {
        // Long enough for the step to come to its work on a slow machine: the limit is that of the first run as well.
        try write(Self.helper, options: "    timeout: 15s")
        try await kill()
        let said = try await project.runner("resume")
        #expect(said.code == 75 && said.error.contains("is still at work after TIME"), "\(said.error)")
        #expect(said.error.contains("with `--kill`, which ends it first"), "\(said.error)")
        #expect(try isAtWork("helper") && runs == 1)
        Glibc.kill(try processID("helper"), SIGKILL)
    }

    @Test func aSignalEndsTheWait() async throws {
        try write(Self.helper)
        try await kill()
        let process = try project.start("recover")
        try await process.says("waiting for what a killed process left at work")
        process.signal(SIGINT)
        let said = try await project.said(by: process)
        #expect(said.code == 3 && said.error.contains("is as it was"), "\(said.error)")
        #expect(try isAtWork("helper") && runs == 1)
        Glibc.kill(try processID("helper"), SIGKILL)
    }

    @Test func whatIsDetachedLivesOnAndHoldsNothingUp() async throws {
        try write(Self.helper, options: "      detach: true")
        try await kill()
        #expect(try isAtWork("helper") && isAtWork("pid"))
        let said = try await project.runner("recover")
        #expect(said.code == 0 && !said.error.contains("left at work"), "\(said.error)")
        #expect(try isAtWork("helper") && runs == 2)
        for name in ["helper", "pid"] { Glibc.kill(try processID(name), SIGKILL) }
    }

    /// Steps after it may use it.
    @Test func whatAFinishedStepHasStartedHoldsNothingUp() async throws {
        try project.folder.write("echo $$ > server; exec sleep 1000\n", to: "server.sh")
        try write(
            "echo $$ > helper",
            before: """
                  - uses: exec
                    with: { run: "sh server.sh > /dev/null 2>&1 & while [ ! -s server ]; do sleep 0.01; done" }
                    rollback: false
                """)
        try await kill()
        let said = try await project.runner("recover")
        #expect(said.code == 0 && !said.error.contains("left at work"), "\(said.error)")
        #expect(try isAtWork("server") && runs == 2)
        Glibc.kill(try processID("server"), SIGKILL)
    }

    @Test func whatCannotGoTogether() async throws {
        let said = try await project.runner("rollback", "--to", "v1", "--kill")
        #expect(said.code == 64 && said.error.contains("`--kill` is for an interrupted run"), "\(said.error)")
        let dry = try await project.runner("rollback", "--dry-run", "--kill")
        #expect(dry.code == 64 && dry.error.contains("`--dry-run` ends nothing"), "\(dry.error)")
    }

    @Test func noLockIsLeftOfAStepThatIsDone() async throws {
        try project.folder.write(
            "version: 1\nname: one\nsteps:\n  - { id: one, uses: exec, with: { run: 'true' }, rollback: false }\n",
            to: "one.yml")
        #expect(try await project.runner("run", "one.yml").code == 0)
        #expect(!project.exists(try project.newestRun() + "/steps/one"))
    }
}
