import FoundationEssentials
import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// `runner rollback`, as it is typed.
@Suite struct RollbackTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        // As in a repository: the runs of all its sites are kept at its top.
        try project.folder.write("", to: ".git/HEAD")
    }

    /// A site with a pipeline and a store in a folder of its own.
    private func writeSite(_ name: String, _ then: String = "") throws {
        try project.folder.write("<html>\(name)</html>\n", to: "\(name)/site/index.html")
        try project.folder.write(
            CommandProject.deploy(then).replacing("name: deploy", with: "name: \(name)"),
            to: "\(name)/pipelines/deploy.yml")
    }

    private func deploy(_ site: String, _ releases: String..., code: Int = 0) async throws {
        for release in releases {
            let said = try await project.runner("run", "\(site)/pipelines/deploy.yml", "-i", "release=\(release)", "-q")
            #expect(said.code == code, "\(said.error)")
        }
    }

    private func live(_ site: String) -> String? {
        project.readLink("\(site)/store/current").flatMap { FilePath($0).lastComponent?.string }
    }

    /// What all journals hold, to see that nothing was done.
    private func journals() throws -> [String] {
        try project.runs().map { try project.text(".runner/runs/\($0)/journal.jsonl") }
    }

    // MARK: Which

    @Test func inASitesFolderItIsThatSitesDeploy() async throws {
        for site in ["a", "b"] {
            try writeSite(site)
            try await deploy(site, "v1", "v2")
        }
        let said = try await project.runner("rollback", in: "a")
        #expect(said.code == 0)
        #expect(
            said.error == """
                taking back v2 of a, run RUN
                rolling back
                  undone  switch  v2 -> v1  TIME
                  undone  upload  v2 deleted  TIME
                rolled back in TIME
                visitors have v1 again (before: v2)

                """)
        #expect(live("a") == "v1" && live("b") == "v2")
    }

    @Test func whereNothingTellsTheSiteNothingIsDone() async throws {
        for site in ["a", "b"] {
            try writeSite(site)
            try await deploy(site, "v1", "v2")
        }
        let before = try journals()
        let said = try await project.runner("rollback")
        #expect(said.code == 64)
        #expect(
            said.error == """
                error: it is not clear which of these sites is meant, so nothing was done
                  help: type one of these:
                    v2, before it v1  b/pipelines/deploy.yml  ~/b/store/current
                      runner rollback RUN
                    v2, before it v1  a/pipelines/deploy.yml  ~/a/store/current
                      runner rollback RUN

                """)
        let json = try await project.runner("rollback", "--json")
        #expect(json.code == 64 && json.output.contains("\"code\":\"which-deploy\""), "\(json.output)")
        let to = try await project.runner("rollback", "--to", "v1")
        #expect(to.code == 64)
        #expect(try journals() == before)

        // The lines that it prints work unchanged.
        let lines = said.raw.error.split(separator: "\n").filter { $0.contains("runner rollback") }
        try await project.typeWell(String(try #require(lines.first)))
        #expect(live("a") == "v2" && live("b") == "v1")
        let ways = to.raw.error.split(separator: "\n").filter { $0.contains("runner rollback") }
        try await project.typeWell(String(try #require(ways.first { $0.contains("a/pipelines/deploy.yml") })))
        #expect(live("a") == "v1")
        // Another site's is never the next one.
        #expect(try await project.runner("rollback", "-y", "--pipeline", "b/pipelines/deploy.yml").code == 0)
        #expect(live("b") == nil)
        let last = try await project.runner("rollback", "--pipeline", "b/pipelines/deploy.yml")
        #expect(last.code == 64)
        #expect(
            last.error == """
                error: every deploy of ~/b/store/current that is known here has been taken back already, so there is none to \
                take back
                  help: to make a release of the store live, type `runner rollback --to VERSION`

                """)
        #expect(live("a") == "v1")
    }

    @Test func aNewerRunThatFailedIsPassedOver() async throws {
        try writeSite("a")
        try await deploy("a", "v1", "v2")
        try writeSite("a", "  - { uses: exec, rollback: false, with: { run: exit 1 } }")
        try await deploy("a", "v3", code: 1)
        #expect(live("a") == "v2")
        let said = try await project.runner("rollback", "-q", in: "a")
        #expect(said.code == 0 && said.error == "")
        #expect(live("a") == "v1")
    }

    @Test func onceMoreGoesBackOnceMore() async throws {
        try writeSite("a")
        try await deploy("a", "v1", "v2", "v3")
        for release in ["v2", "v1", nil] {
            #expect(try await project.runner("rollback", "-y", in: "a").code == 0)
            #expect(live("a") == release)
        }
        let said = try await project.runner("rollback", in: "a")
        #expect(said.code == 64 && said.error.hasPrefix("error: every deploy of ~/a/store/current"), "\(said.error)")
    }

    /// What visitors have is known if the switch has found it.
    @Test func aRunThatFailsAfterASwitchWithNothingToDoSaysWhatVisitorsHave() async throws {
        try writeSite("a")
        try await deploy("a", "v1")
        try writeSite("a", "  - { uses: exec, rollback: false, with: { run: exit 1 } }")
        let said = try await project.runner("run", "a/pipelines/deploy.yml", "-i", "release=v1")
        #expect(said.code == 1 && said.error.hasSuffix("\nvisitors have v1, as before\n"), "\(said.error)")
        #expect(try await project.runner("rollback", "-y", in: "a").code == 0)
        #expect(live("a") == nil)
    }

    @Test func aRunThatChangedNothingIsPassedOver() async throws {
        try writeSite("a")
        try await deploy("a", "v1", "v2", "v2")
        #expect(try await project.runner("rollback", in: "a").code == 0)
        #expect(live("a") == "v1")
    }

    @Test func aPipelineThatSwitchesNothingIsNoDeploy() async throws {
        try writeSite("a")
        try await deploy("a", "v1", "v2")
        try project.folder.write(
            """
            version: 1
            name: lay
            with: { store: previews }
            steps:
              - { uses: hash, with: { source: a/site } }
              - { id: lay, uses: sync, with: { version: new-prices } }

            """, to: "a/preview.yml")
        let laid = try await project.runner("run", "a/preview.yml", "-q")
        #expect(laid.code == 0, "\(laid.error)")
        let preview = try #require(try project.runs().first)
        #expect(try await project.runner("rollback", in: "a").code == 0)
        #expect(live("a") == "v1")
        // It can be undone if it is named.
        let dry = try await project.runner("rollback", preview, "--dry-run")
        #expect(dry.output.hasPrefix("a rollback of run RUN would undo, in this order:\n"), "\(dry.output)")
        #expect(try await project.runner("rollback", preview).code == 0)
        let again = try await project.runner("rollback", preview)
        #expect(again.code == 64 && again.error.contains("there is nothing to undo"), "\(again.error)")
    }

    @Test func anInterruptedRunIsFinishedFirst() async throws {
        try writeSite("a")
        try await deploy("a", "v1", "v2")
        try writeSite("a", "  - { uses: exec, rollback: false, with: { run: 'touch ../waiting; exec sleep 1000' } }")
        let process = try project.start("run", "a/pipelines/deploy.yml", "-i", "release=v3", "-q")
        try await project.waitFor("waiting")
        process.signal(SIGKILL)
        _ = try await process.end()
        let said = try await project.runner("rollback", in: "a")
        #expect(said.code == 0)
        #expect(
            said.error.hasPrefix("run RUN of a was interrupted, so its rollback comes first\nrolling back\n"),
            "\(said.error)")
        #expect(said.error.hasSuffix("\nvisitors have v2 again (before: v3)\n"), "\(said.error)")
        #expect(live("a") == "v2")
    }

    /// Visitors have what they had before. That is no success for a command that must change it.
    @Test func aRunThatWasInterruptedBeforeItsSwitchIsFinishedWith1() async throws {
        try writeSite("a")
        try await deploy("a", "v1")
        let file = "a/pipelines/deploy.yml"
        let text = try project.text(file)
        let wait =
            "  - { uses: exec, rollback: false, with: { run: 'touch ../waiting; exec sleep 1000' } }\n  - { id: switch"
        try project.folder.write(text.replacing("  - { id: switch", with: wait), to: file)
        let process = try project.start("run", file, "-i", "release=v2", "-q")
        try await project.waitFor("waiting")
        process.signal(SIGKILL)
        _ = try await process.end()
        let said = try await project.runner("rollback", in: "a")
        #expect(said.code == 1)
        #expect(said.error.hasSuffix("\nvisitors have v1, as before\n"), "\(said.error)")
        #expect(live("a") == "v1" && !project.exists("a/store/releases/v2"))
        #expect(try await project.runner("rollback", "-y", in: "a").code == 0)
        #expect(live("a") == nil)
    }

    @Test func anUnreadableJournalOfANewerRunStopsIt() async throws {
        try writeSite("a")
        try await deploy("a", "v1", "v2", "v3")
        let (newest, middle) = (try project.runs()[0], try project.runs()[1])
        let journal = ".runner/runs/\(newest)/journal.jsonl"
        try project.folder.write(try project.text(journal).replacing("sequence\":3", with: "sequence\":4"), to: journal)
        let said = try await project.runner("rollback", in: "a")
        #expect(said.code == 1 && said.error.hasPrefix("error: record 3 of the journal"), "\(said.error)")
        #expect(live("a") == "v3")
        // The pointer knows better than the journals that can be read.
        let older = try await project.runner("rollback", middle)
        #expect(
            older.code == 64 && older.error.contains("have v3 and not v2, and no run that is known here"),
            "\(older.error)")
        #expect(live("a") == "v3")
    }

    // MARK: --pipeline

    @Test func aPipelineIsNamedByItsFileOrItsName() async throws {
        for site in ["a", "b"] {
            try writeSite(site)
            try await deploy(site, "v1", "v2", "v3")
        }
        let before = try journals()
        for name in ["c", "c/pipelines/deploy.yml", "deploy.yml"] {
            let unknown = try await project.runner("rollback", "--pipeline", name)
            #expect(unknown.code == 64)
            #expect(
                unknown.error.hasPrefix(
                    """
                    error: no run of a pipeline file `\(name)`, or of a pipeline of that name, has switched visitors to a \
                    release, so nothing was done
                      help: runs of `a` (a/pipelines/deploy.yml), `b` (b/pipelines/deploy.yml) have

                    """), "\(unknown.error)")
        }
        #expect(try journals() == before)
        #expect(try await project.runner("rollback", "--pipeline", "a").code == 0)
        #expect(live("a") == "v2" && live("b") == "v3")
        #expect(try await project.runner("rollback", "--pipeline", "b/pipelines/deploy.yml").code == 0)
        #expect(live("a") == "v2" && live("b") == "v2")
        #expect(try await project.runner("rollback", "--pipeline", "b", "--to", "v1").code == 0)
        #expect(live("b") == "v1")
        let runs = try await project.runner("runs", "--pipeline", "a/pipelines/deploy.yml")
        #expect(runs.code == 0 && runs.output.split(separator: "\n").count == 4, "\(runs.output)")
    }

    // MARK: RUN and VERSION

    @Test func aVersionIsNoRun() async throws {
        try writeSite("a")
        try await deploy("a", "v1", "v2")
        let before = try journals()
        let said = try await project.runner("rollback", "v1")
        #expect(said.code == 64)
        #expect(
            said.error == """
                error: there is no run `v1` in ~/.runner
                  help: to take back the live deploy, type `runner rollback`
                    to take back a run, give its id as `runner runs` lists it
                    to make the release v1 live, type `runner rollback --to v1`

                """)
        #expect(try journals() == before)
        // If it were taken for a part of the run's id, the live deploy would be gone.
        let part = String(try #require(try project.runs().first).suffix(4))
        try await deploy("a", part)
        let clash = try await project.runner("rollback", part)
        #expect(clash.code == 64)
        #expect(live("a") == part)
        for arguments in [["v1", "--to", "v1"], ["v1", "--pipeline", "x"]] {
            #expect(try await project.runner(["rollback"] + arguments).code == 64)
        }
    }

    // MARK: --to

    @Test func toAReleaseIsARunOfItsOwn() async throws {
        try writeSite("a")
        try await deploy("a", "v1", "v2", "v3")
        let said = try await project.runner("rollback", "--to", "v1", in: "a")
        #expect(said.code == 0)
        #expect(
            said.error == """
                the deploy has no `smoke` step that fits, so nothing checks what visitors get
                a rollback to store  run RUN
                  ok  target  v1, which went live at DATE  TIME
                  ok  switch  v3 -> v1  TIME
                finally
                  ok  record  a rollback v1: success - back to v1  TIME
                done in TIME
                v1 is live at ~/a/store/current (before: v3)
                to take it back: runner rollback RUN

                """)
        #expect(live("a") == "v1" && project.exists("a/store/releases/v3"))
        let run = try project.newestRun()
        #expect(project.exists(run + "/report.html"))
        #expect(try await project.runner("validate", run + "/pipeline.yml").code == 0)
        #expect(try await project.runner("show").output.contains("\nstate  succeeded\n"))
        let runs = try await project.runner("runs")
        #expect(runs.output.contains("\nRUN  succeeded  AGE  TIME  a rollback  v1 (live)\n"), "\(runs.output)")

        // It was live already.
        let again = try await project.runner("rollback", "--to", "v1", in: "a")
        #expect(again.code == 1)
        #expect(again.error.hasSuffix("\nvisitors have v1, as before\n"), "\(again.error)")

        // A hold does not stop it, and it can be taken back.
        let back = try await project.runner("rollback", in: "a")
        #expect(back.code == 0 && back.error.hasSuffix("\nvisitors have v3 again (before: v1)\n"), "\(back.error)")
        #expect(live("a") == "v3")
        try project.folder.write(
            "{\"reason\": \"x\", \"by\": \"ada\", \"since\": \"\"}", to: "a/store/.runner/hold.json")
        let previous = try await project.runner("rollback", "--to", "previous", "-q", in: "a")
        #expect(previous.code == 0 && previous.error == "")
        #expect(live("a") == "v2")
    }

    @Test func toAReleaseThatIsNotThereTellsWhichAre() async throws {
        try writeSite("a")
        try await deploy("a", "v1", "v2")
        let said = try await project.runner("rollback", "--to", "v9", "-q", in: "a")
        #expect(said.code == 1)
        #expect(
            said.error.contains(
                "error: step `target` failed: file://~/a/store has no complete release v9\n"
                    + "   --> ~/.runner/runs/RUN/pipeline.yml:8:5\n  help: did you mean `v2`? available: v2 (live), v1\n"
            ), "\(said.error)")
        #expect(live("a") == "v2")
        let wrong = try await project.runner("rollback", "--to", "v/9", in: "a")
        #expect(wrong.code == 64 && wrong.error.hasPrefix("error: `v/9` cannot be the version of a release"))
    }

    @Test func theChecksOfTheDeployAreMadeAgain() async throws {
        try await NginxServer.run(in: project.folder.path, root: project.folder.path) { server in
            func writeSite(expecting text: String) throws {
                try self.writeSite(
                    "a", "  - { uses: smoke, with: { url: '\(server.url("/a/store/current/"))', contains: '\(text)' } }"
                )
            }
            try writeSite(expecting: "<html>a")
            try await deploy("a", "v1", "v2")
            let said = try await project.runner("rollback", "--to", "v1", in: "a")
            #expect(said.code == 0 && said.error.contains("  ok  look  "), "\(said.error)")

            // What the old release does not have.
            try writeSite(expecting: "new")
            try project.folder.write("<html>new</html>\n", to: "a/site/index.html")
            try await deploy("a", "v3")
            let failed = try await project.runner("rollback", "--to", "v1", in: "a")
            #expect(failed.code == 1 && failed.error.hasSuffix("\nvisitors have v3, as before\n"), "\(failed.error)")
            #expect(live("a") == "v3")
        }
    }

    @Test func aWayThatWasInterruptedIsFinishedByRecover() async throws {
        let slow = "if (-f \(project.folder["slow"])) { set $limit_rate 1; }"
        try await NginxServer.run(in: project.folder.path, root: project.folder.path, server: slow) { server in
            try writeSite(
                "a", "  - { uses: smoke, with: { url: '\(server.url("/a/store/current/"))', contains: '<html>' } }")
            try await deploy("a", "v1", "v2")
            try project.folder.write("", to: "slow")
            let process = try project.start("rollback", "--to", "v1", in: "a")
            try await process.says("v2 -> v1")
            process.signal(SIGKILL)
            #expect(try await process.end().status == .signalled(9))
            try FileManager.default.removeItem(atPath: project.folder["slow"].string)
            let said = try await project.runner("recover", in: "a")
            #expect(said.code == 0, "\(said.error)")
            #expect(said.error.contains("  continues run RUN"), "\(said.error)")
            #expect(live("a") == "v1")
            #expect(try await project.runner("rollback", in: "a").code == 0)
            #expect(live("a") == "v2")
        }
    }

    // MARK: Asking

    /// Types an answer at a terminal, and gives what was said there.
    private func typed(_ answer: String, _ arguments: String..., in folder: String = ".") async throws -> (Int, String)
    {
        let script = """
            import os, pty, sys
            pid, fd = pty.fork()
            if pid == 0:
                os.execv(sys.argv[2], sys.argv[2:])
            said, answered = b"", False
            while True:
                try:
                    part = os.read(fd, 4096)
                except OSError:
                    break
                if not part: break
                said += part
                if not answered and said.rstrip().endswith((b":", b"]")):
                    answered = True
                    os.write(fd, sys.argv[1].encode() + b"\\n")
            sys.stdout.buffer.write(said.replace(b"\\r\\n", b"\\n"))
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """
        let command = Command(
            "python3", ["-c", script, answer, try RunnerProcess.executable.string] + arguments,
            environment: project.environment.merging(["TERM": "dumb"]) { $1 },
            directory: project.folder.path.pushing(FilePath(folder)).lexicallyNormalized())
        let lines = Recorder()
        let status = try await SubprocessRunner(clock: SystemClock()).run(command) { lines.note($0.text) }
        guard case .exited(let code) = status else { return (-1, "") }
        return (code, Said.normalised(lines.lines.joined(separator: "\n"), in: project.folder.path))
    }

    @Test func aTerminalIsAsked() async throws {
        for site in ["a", "b"] {
            try writeSite(site)
            try await deploy(site, "v1", "v2")
        }
        let (none, question) = try await typed("", "rollback")
        #expect(none == 64)
        #expect(
            question.hasPrefix(
                """
                which deploy should be taken back?
                  1  v2, before it v1  b/pipelines/deploy.yml  ~/b/store/current  run RUN
                  2  v2, before it v1  a/pipelines/deploy.yml  ~/a/store/current  run RUN
                its number, or Enter for none:
                """), "\(question)")
        #expect(question.contains("error: nothing was chosen, so nothing was done"), "\(question)")
        #expect(live("a") == "v2" && live("b") == "v2")
        let (wrong, _) = try await typed("3", "rollback")
        #expect(wrong == 64)
        let (unasked, list) = try await typed("1", "rollback", "--no-input")
        #expect(unasked == 64 && list.contains("type one of these:"), "\(list)")
        let (code, said) = try await typed("2", "rollback")
        #expect(code == 0, "\(said)")
        #expect(said.contains("visitors have v1 again (before: v2)"), "\(said)")
        #expect(live("a") == "v1" && live("b") == "v2")
    }

    /// A script that types one rollback too many takes no site away.
    @Test(arguments: [[], ["--no-input"], ["--json"]])
    func nobodyIsLeftWithNothingUnasked(_ options: [String]) async throws {
        try writeSite("a")
        try await deploy("a", "v1")
        let before = try journals()
        let run = try #require(try project.runs().first)
        for name in [[], [run]] {
            let refused = try await project.runner(["rollback"] + name + options)
            #expect(refused.code == 64, "\(refused.error)")
            #expect(
                refused.error == """
                    error: nothing was at ~/a/store/current before run RUN: visitors would have no release, so nothing was done
                      help: if that is meant, type `runner rollback\(name.isEmpty ? "" : " RUN") --yes`
                        to make another release of the store live, type `runner rollback --to VERSION`

                    """)
        }
        #expect(try journals() == before)
        #expect(live("a") == "v1")
        #expect(try await project.runner("rollback", "--dry-run").code == 0)
        #expect(try await project.runner(["rollback", "--yes"] + options).code == 0)
        #expect(live("a") == nil)
    }

    @Test func aTerminalIsAskedBeforeVisitorsAreLeftWithNothing() async throws {
        try writeSite("a")
        try await deploy("a", "v1")
        let (no, said) = try await typed("n", "rollback", in: "a")
        #expect(no == 64)
        #expect(said.contains("leave visitors without a release? [y/N]"), "\(said)")
        #expect(live("a") == "v1")
        let (yes, _) = try await typed("y", "rollback", in: "a")
        #expect(yes == 0)
        #expect(live("a") == nil)
        try await deploy("a", "v2")
        let (unasked, told) = try await typed("n", "rollback", "-y", in: "a")
        #expect(unasked == 0 && told.contains("visitors have no release (before: v2)"), "\(told)")
    }

    // MARK: Looking

    @Test func aDryRunChangesNothing() async throws {
        try writeSite("a")
        try await deploy("a", "v1", "v2")
        let before = try journals()
        let said = try await project.runner("rollback", "--dry-run", in: "a")
        #expect(said.code == 0 && said.error == "")
        #expect(
            said.output == """
                a rollback of run RUN would undo, in this order:
                  switch  switch-origin  v2 -> v1
                  upload  sync  v2 would be deleted
                visitors would have v1 again (now: v2)
                nothing was changed

                """)
        let json = try await project.runner("rollback", "--dry-run", "--json", in: "a")
        #expect(
            json.output == """
                {"schema":"runner.rollback/1","type":"rollback","dry-run":true,"exit-code":0,"run":"RUN","steps":["switch",\
                "upload"],"visitors":[{"before":{"path":null,"release":"v2"},"changed":true,"now":{"path":null,"release":"v1"},\
                "site":"~/a/store/current","store":"file://~/a/store"}]}

                """)
        let to = try await project.runner("rollback", "--to", "v1", "--dry-run", in: "a")
        #expect(to.code == 0, "\(to.error)")
        #expect(
            to.output == """
                  ok  target  v1, which went live at DATE
                  change  switch  v2 -> v1: `allow-older` is set
                this is what `runner rollback --to v1` would do; nothing was changed
                visitors would have v1

                """)
        let same = try await project.runner("rollback", "--to", "v2", "--dry-run", in: "a")
        #expect(same.code == 1 && same.output.hasSuffix("visitors have v2 already\n"), "\(same.output)")
        #expect(try journals() == before)
        #expect(live("a") == "v2")
    }

    @Test func theLastLineOfJSONSaysWhatVisitorsHave() async throws {
        try writeSite("a")
        try await deploy("a", "v1", "v2")
        let said = try await project.runner("rollback", "--json", in: "a")
        #expect(said.code == 0 && said.error == "")
        let last = """
            {"schema":"runner.rollback/1","type":"rollback","dry-run":false,"exit-code":0,"run":"RUN","steps":["switch",\
            "upload"],"visitors":\
            [{"before":{"path":null,"release":"v2"},"changed":true,"now":{"path":null,"release":"v1"},\
            "site":"~/a/store/current","store":"file://~/a/store"}]}

            """
        #expect(said.output.hasSuffix("\n" + last), "\(said.output)")
        #expect(try await project.runner("rollback", "--to", "v1", "--json", in: "a").code == 1)
    }
}
