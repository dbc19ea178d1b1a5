import Glibc
import PipelineKit
import RunnerCLI
import SystemPackage
import TestSupport
import Testing

/// What `show` and `runs` say of a run in each state.
@Suite struct ShowTests {
    private let project: CommandProject

    init() async throws {
        project = try CommandProject()
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
    }

    private func exec(_ script: String) -> String {
        "  - { id: check, uses: exec, rollback: false, with: { run: '\(script)' } }"
    }

    private func heading(_ state: String, _ release: String, isLive: Bool = false, later: String = "") -> String {
        """
        run  RUN
        state  \(state)\(isLive ? "\nlive  visitors of ~/store/current have it" : "")
        pipeline  deploy  ~/deploy.yml
        version  \(release)
        began  DATE, AGE
        \(Self.hasEnded(state) ? "took  TIME" : "last record  DATE, AGE")\(later)
        runner  \(RunnerVersion.text)
        inputs  release=\(release)
        folder  ~/.runner/runs/RUN\(Self.hasEnded(state) ? "\nreport  ~/.runner/runs/RUN/report.html" : "")

        STEP  OUTCOME  TIME  TRIES
        list  done  TIME  1  2 files, 34 B
            assets  ~/.runner/runs/RUN/steps/list/assets.jsonl
            bytes  34
            files  2
        """
    }

    /// True if a process could write a report.
    private static func hasEnded(_ state: String) -> Bool { !["interrupted", "at work"].contains(state) }

    private func change(_ release: String, _ upload: String, _ switching: String) -> String {
        """
        upload  \(upload)  TIME  1  \(release), 2 files: 2 copied
            bytes  0
            copied  2
            created  true
            files  2
            manifest  ~/store/.runner/manifests/\(release).jsonl
            skipped  0
            uploaded  0
            version  \(release)
        switch  \(switching)  TIME  1  v1 -> \(release)
            changed  true
            path  ~/store/current
            previous  v1
        caches  nothing to do  TIME  1  a folder store has no edge cache
            paths  ["/*"]
        """
    }

    /// - Parameter isFirstLive: false if nobody knows what visitors have.
    private func expect(_ show: String, andRuns row: String, isFirstLive: Bool = true) async throws {
        let said = try await project.runner("show")
        #expect(said.code == 0 && said.error == "")
        #expect(said.output == show)
        let runs = try await project.runner("runs")
        #expect(runs.code == 0 && runs.error == "")
        let live = row.contains("(live)") || !isFirstLive ? "" : " (live)"
        #expect(
            runs.output
                == "RUN  STATE  AGE  TOOK  PIPELINE  VERSION\n\(row)\nRUN  succeeded  AGE  TIME  deploy  v1\(live)\n")
    }

    @Test func succeeded() async throws {
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 0)
        try await expect(
            """
            \(heading("succeeded", "v2", isLive: true))
            \(change("v2", "done", "done"))

            to take it back: runner rollback

            """, andRuns: "RUN  succeeded  AGE  TIME  deploy  v2 (live)")
    }

    @Test func rolledBackAfterAFailure() async throws {
        try project.writeDeploy(exec("exit 9"))
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 1)
        try await expect(
            """
            \(heading("rolled back", "v2"))
            \(change("v2", "undone", "undone"))
            check  failed  TIME  1  `exit 9` failed with exit status 9

            step `check` failed

            """, andRuns: "RUN  rolled back  AGE  TIME  deploy  v2  check: `exit 9` failed with exit status 9")
    }

    @Test func rolledBackByRequest() async throws {
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 0)
        let rollback = try await project.runner("rollback", "-q")
        #expect(rollback.code == 0 && rollback.error == "")
        try await expect(
            """
            \(heading("rolled back", "v2", later: "\ntaken back  DATE, AGE, in TIME"))
            \(change("v2", "undone", "undone"))

            rolled back by request

            """, andRuns: "RUN  rolled back  AGE  TIME  deploy  v2")
    }

    @Test func failed() async throws {
        try project.folder.write("not a folder", to: "elsewhere")
        try project.folder.write(
            CommandProject.deploy().replacing("store: store", with: "store: elsewhere"), to: "deploy.yml")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 1)
        let show = try await project.runner("show")
        #expect(
            show.output.contains("\nstate  failed\n") && show.output.contains("\n\nthe run failed: "), "\(show.output)")
        let runs = try await project.runner("runs")
        #expect(
            runs.output.hasPrefix("RUN  STATE  AGE  TOOK  PIPELINE  VERSION\nRUN  failed  AGE  TIME  deploy  "),
            "\(runs.output)")
        let undoing = try await project.runner("rollback", try #require(try project.runs().first))
        #expect(undoing.code == 64)
        #expect(undoing.error.hasPrefix("error: run RUN failed and left nothing behind, so there is nothing to undo\n"))
    }

    @Test func notRestored() async throws {
        let script = "mv store/.runner/manifests/v1.jsonl kept; exit 1"
        try project.writeDeploy(exec(script))
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 3)
        try await expect(
            """
            \(heading("not restored", "v2"))
            \(change("v2", "done", "done"))
            check  failed  TIME  1  `\(script)` failed with exit status 1

            step `check` failed
            the rollback of `switch` failed: ~/store/current cannot go back to v1: the release was deleted since, or its \
            manifest is gone, so that it stays at v2

            when the reason is gone: runner rollback RUN

            """, andRuns: "RUN  not restored  AGE  TIME  deploy  v2  check: `\(script)` failed with exit status 1",
            isFirstLive: false)
    }

    @Test func interrupted() async throws {
        try project.writeDeploy(exec("touch waiting; while ! test -e go; do sleep 0.05; done"))
        let process = try project.start("run", "deploy.yml", "-i", "release=v2", "-q")
        try await project.waitFor("waiting")
        process.signal(SIGKILL)
        _ = try await process.end()
        try project.folder.write("", to: "go")
        try await expect(
            """
            \(heading("interrupted", "v2", isLive: true))
            \(change("v2", "done", "done"))
            check  begun

            to finish it: runner recover

            """, andRuns: "RUN  interrupted  AGE  deploy  v2 (live)")
    }

    @Test func notStarted() async throws {
        try project.folder.write("", to: ".runner/runs/99991231-235959-999-ffff/lock")
        // As a runner makes it.
        #expect(chmod(project.folder[".runner/runs/99991231-235959-999-ffff"].string, 0o700) == 0)
        try await expect(
            """
            run  RUN
            state  not started
            folder  ~/.runner/runs/RUN


            """, andRuns: "RUN  not started")
        #expect(try await project.runner("recover").error == "nothing to recover in ~/.runner\n")
        for command in ["resume", "rollback"] {
            let said = try await project.runner(command, "99991231-235959-999-ffff")
            #expect(said.code == 64)
            #expect(
                said.error == """
                    error: run RUN ended before its first step, and changed nothing
                      help: run the pipeline again; the run's folder can be deleted

                    """)
        }
    }
}
