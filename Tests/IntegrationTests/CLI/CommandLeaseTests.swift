import Glibc
import SystemPackage
import TestSupport
import Testing

/// Two processes that want one store.
@Suite struct CommandLeaseTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.writeDeploy()
        let wait =
            "  - { uses: exec, rollback: false, with: { run: 'touch waiting; while test ! -e go; do sleep 0.05; done' } }"
        try project.folder.write(CommandProject.deploy(wait), to: "slow.yml")
        try project.folder.write(CommandProject.deploy(top: "concurrency: { wait: 1s }"), to: "hasty.yml")
    }

    @Test func aStoreInUseIs75() async throws {
        let slow = try project.start("run", "slow.yml", "-i", "release=v1", "-q")
        try await project.waitFor("waiting")
        let said = try await project.runner("run", "hasty.yml", "-i", "release=v2")
        #expect(said.code == 75)
        #expect(
            said.error == """
                deploy to store  run RUN
                  waiting for file://~/store, which run RUN (process PID on HOST) is using

                error: file://~/store is in use by run RUN of pipeline deploy (process PID on HOST, since DATE)
                  help: wait for it to end and run again, or let this one wait longer with `concurrency: {wait: TIME}`
                the run failed after TIME; there was nothing to restore

                """)
        try project.folder.write("", to: "go")
        #expect(try await project.said(by: slow).code == 0)
        #expect(try project.live() == "v1")
        #expect(!project.exists("store/releases/v2"))
    }

    @Test func aRollbackThatDoesNotGetTheStoreIs75AndChangesNothing() async throws {
        #expect(try await project.runner("run", "hasty.yml", "-i", "release=v1", "-q").code == 0)
        let hasty = try #require(try project.runs().first)
        // It has not reached its switch, so the other run's release is live.
        let text = try project.text("slow.yml")
        let wait = try #require(text.split(separator: "\n").last { $0.contains("uses: exec") })
        try project.folder.write(
            text.replacing(wait, with: "").replacing("  - { id: switch", with: "\(wait)\n  - { id: switch"),
            to: "slow.yml")
        let slow = try project.start("run", "slow.yml", "-i", "release=v2", "-q")
        try await project.waitFor("waiting")
        let said = try await project.runner("rollback", hasty, "-qy")
        #expect(said.code == 75)
        #expect(
            said.error == """
                  waiting for file://~/store, which run RUN (process PID on HOST) is using
                error: file://~/store is in use by run RUN of pipeline deploy (process PID on HOST, since DATE)
                  help: wait for it to end and run again, or let this one wait longer with `concurrency: {wait: TIME}`
                nothing was done: run RUN is as it was

                """)
        try project.folder.write("", to: "go")
        #expect(try await project.said(by: slow).code == 0)
        #expect(try project.live() == "v2")
    }

    @Test func aRunAtWorkIsLeftToItsProcess() async throws {
        let slow = try project.start("run", "slow.yml", "-i", "release=v1", "-q")
        try await project.waitFor("waiting")
        let busy = """
            error: another process is working on run RUN
              help: wait for it to end, or stop it with SIGTERM; the file run.log in its folder tells how far it is

            """
        for command in ["rollback", "resume"] {
            let said = try await project.runner(command)
            #expect(said.code == 75)
            #expect(said.error == busy)
        }
        let recovery = try await project.runner("recover")
        #expect(recovery.code == 0)
        #expect(recovery.error == "run RUN is running in another process, so it was left alone\n")
        let runs = try await project.runner("runs")
        #expect(runs.output == "RUN  STATE  AGE  PIPELINE  VERSION\nRUN  at work  AGE  deploy  v1 (live)\n")
        let show = try await project.runner("show")
        #expect(show.output.contains("\nstate  at work\n") && !show.output.contains("next:"), "\(show.output)")
        try project.folder.write("", to: "go")
        #expect(try await project.said(by: slow).code == 0)
    }
}
