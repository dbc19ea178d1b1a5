import FoundationEssentials
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Commands that messages advise, typed in the state that caused the message. Those about runs that are kept elsewhere
/// are in `PrintedCommandTests`.
@Suite struct AdviceTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
    }

    private func commands(_ program: String, in text: String) -> [String] {
        CommandProject.commands(program + " ", in: text)
    }

    private func type(_ command: String) async throws -> (code: Int, said: String) {
        try await project.type(command)
    }

    private func expectGood(_ command: String) async throws { try await project.typeWell(command) }

    /// A pipeline of one step.
    private func writeLog(_ option: String) throws {
        try project.folder.write(
            "version: 1\nname: one\nsteps: [{ uses: log, with: { \(option): hello } }]\n", to: "one.yml")
    }

    @Test func whatInitTellsWorks() async throws {
        try project.folder.write("<html></html>\n", to: "public/index.html")
        let missing = try await project.runner("run", "pipelines/deploy.yml")
        #expect(missing.code == 64)
        for command in ["runner init", "git init -q . && git add -A && git commit -qm one"] {
            try await expectGood(command)
        }
        #expect(missing.raw.error.contains("`runner init`"), "\(missing.error)")
        try project.folder.write("", to: "empty.yml")
        #expect(try await project.runner("validate", "empty.yml").raw.error.contains("`runner init`"))
        let said = try await project.runner("init", "-o", "once again.yml")
        let told = commands("runner", in: said.raw.error)
        #expect(told == ["runner validate 'once again.yml'", "runner plan 'once again.yml'"])
        try await expectGood(told[0])

        // The plan says that the commit has no tag, and how to give it one.
        let untagged = try await type(told[1])
        #expect(untagged.code == 1, "\(untagged.said)")
        let tag = try #require(commands("git", in: untagged.said).first, "\(untagged.said)")
        #expect(tag == "git tag v1.0.0")
        try await expectGood(tag)
        let store = project.folder["store"].string
        let text = try project.text("once again.yml").replacing(/\/srv\/www\/[A-Za-z0-9._-]+/, with: store)
        try project.folder.write(text, to: "once again.yml")
        try await expectGood(told[1])
    }

    @Test func whatARunAtWorkTellsWorks() async throws {
        try project.writeDeploy(
            "  - { id: check, uses: exec, rollback: false, with: { run: \"touch waiting; while ! test -e go; do sleep 0.05; done\" } }"
        )
        let process = try project.start("run", "deploy.yml", "-i", "release=v1", "-q")
        try await project.waitFor("waiting")
        let busy = try await project.runner("resume")
        #expect(busy.code == 75, "\(busy.error)")
        for command in commands("runner", in: busy.raw.error) { try await expectGood(command) }
        try project.folder.write("", to: "go")
        #expect(try await process.end().code == 0)
    }

    @Test func resumeTellsNothingThatRefuses() async throws {
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
        try project.writeDeploy("  - { id: check, uses: exec, rollback: false, with: { run: exit 1 } }")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 1)
        let over = try await project.runner("resume")
        #expect(over.code == 64)
        #expect(
            over.error == """
                error: run RUN has failed and is over, so there is nothing to resume
                  help: run the pipeline again

                """)
    }

    @Test func resumeTellsToUndoWhatCanBeUndone() async throws {
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 0)
        let deployed = try await project.runner("resume")
        let undo = try #require(commands("runner rollback", in: deployed.raw.error).first, "\(deployed.error)")
        try await expectGood(undo)
        #expect(try project.live() == "v1")
        try writeLog("message")
        #expect(try await project.runner("run", "one.yml").code == 0)
        let logged = try await project.runner("resume")
        #expect(logged.code == 64 && !logged.error.contains("rollback"), "\(logged.error)")
        for command in commands("runner", in: logged.raw.error) { try await expectGood(command) }
    }

    /// The way that is told is typed where the one before was.
    @Test func aReleaseIsNamedWhereItIsTyped() async throws {
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
        let none = try await project.runner("rollback", "--to", "previous")
        #expect(
            none.code == 1 && none.error.contains("  help: deploy one: there is no other release\n"), "\(none.error)")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 0)
        #expect(try await project.runner("rollback", "--to", "v1", "-q").code == 0)
        for dryRun in [["--dry-run"], []] {
            let said = try await project.runner(["rollback", "--to", "previous"] + dryRun)
            #expect(said.code == 1)
            #expect(
                said.error.contains("  help: name a release, such as `--to v2`; available: v2, v1 (live)\n"),
                "\(said.error)")
        }
        try project.folder.write(
            """
            version: 1
            name: rollback
            inputs: { to: { type: string, default: previous } }
            with: { store: store }
            steps:
              - { uses: release, with: { select: "${{ inputs.to }}" } }
              - { uses: switch-origin, with: { allow-older: true } }

            """, to: "rollback.yml")
        for command in ["plan", "run"] {
            let said = try await project.runner(command, "rollback.yml")
            #expect(said.code == 1 && said.error.contains("such as `-i to=v2`; available"), "\(said.error)")
        }
        try await expectGood("runner run rollback.yml -i to=v2")
        try await expectGood("runner rollback --to v1")
        #expect(try project.live() == "v1")
    }

    @Test func aPipelineThatWasChangedCanBeTakenBack() async throws {
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
        try project.writeDeploy(
            "  - { id: check, uses: exec, rollback: false, with: { run: \"touch waiting; exec sleep 1000\" } }")
        let process = try project.start("run", "deploy.yml", "-i", "release=v2", "-q")
        try await project.waitFor("waiting")
        process.signal(9)
        _ = try await process.end()
        try project.writeDeploy()
        let refused = try await project.runner("resume")
        #expect(refused.code == 65)
        let command = try #require(commands("runner", in: refused.raw.error).first, "\(refused.error)")
        try await expectGood(command)
        #expect(try project.live() == "v1")
    }

    @Test func whatCannotBeUndoneIsShown() async throws {
        try project.writeDeploy(
            """
              - { id: note, uses: exec, with: { run: "true" } }
              - { id: check, uses: exec, rollback: false, with: { run: exit 1 } }
            """)
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v1")
        #expect(said.code == 3)
        let purpose = "what was done: "
        let last = try #require(said.raw.error.split(separator: "\n").last { $0.hasPrefix(purpose) }, "\(said.error)")
        #expect(last.hasPrefix(purpose + "runner show "), "\(said.error)")
        try await expectGood(String(last.dropFirst(purpose.count)))
    }

    @Test(arguments: ["runner runs", "runner init rollback", "runner init bucket-rollback"])
    func whatRollbackTellsWithoutADeploy(_ command: String) async throws {
        try writeLog("message")
        #expect(try await project.runner("run", "one.yml").code == 0)
        let refused = try await project.runner("rollback")
        #expect(refused.code == 64)
        #expect(commands("runner", in: refused.raw.error).contains(command), "\(refused.error)")
        try await expectGood(command)
    }

    /// On a machine that has never deployed, or whose runs are gone, the store still knows its releases.
    @Test(arguments: [[], ["--to", "v1"], ["--to", "v1", "--pipeline", "pipelines/deploy.yml"]])
    func whatIsToldWithoutRunsWorks(_ options: [String]) async throws {
        let root = project.folder["store/current"]
        try await NginxServer.run(in: project.folder.path, root: root) { server in
            for release in ["v1", "v2", "v3"] {
                try project.folder.write("<html>\(release)</html>\n", to: "site/index.html")
                let smoke = "  - { uses: smoke, with: { url: \"\(server.url())\" } }"
                try project.folder.write(CommandProject.deploy(smoke), to: "pipelines/deploy.yml")
                let said = try await project.runner("run", "pipelines/deploy.yml", "-i", "release=\(release)", "-q")
                #expect(said.code == 0, "\(said.error)")
            }
            try FileManager.default.removeItem(atPath: project.folder[".runner"].string)
            let refused = try await project.runner(["rollback"] + options)
            #expect(refused.code == 64)
            let told = commands("runner", in: refused.raw.error)
            try #require(
                told == [
                    "runner init rollback", "runner init bucket-rollback",
                    "runner run pipelines/rollback.yml" + (options.isEmpty ? "" : " -i to=v1"),
                ], "\(refused.error)")
            try await expectGood(told[0])
            try await expectGood(told[2])
            #expect(try project.live() == (options.isEmpty ? "v2" : "v1"))
        }
    }

    /// What an earlier process has told is not told again as if it were new.
    @Test func anErrorOfThenIsNotNew() async throws {
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
        let text =
            CommandProject.deploy()
            + "finally:\n  - { id: note, uses: exec, with: { run: 'test -e room || { touch room; echo no room >&2; exit 1; }' } }\n"
        try project.folder.write(text, to: "deploy.yml")
        let run = try await project.runner("run", "deploy.yml", "-i", "release=v2")
        #expect(run.code == 4 && run.error.contains("error: step `note` is not done"), "\(run.error)")
        let said = try await project.runner("rollback")
        #expect(said.code == 0 && !said.error.contains("error") && !said.error.contains("no room"), "\(said.error)")
        #expect(try project.live() == "v1")
    }

    @Test func whenEveryDeployIsTakenBackAReleaseCanBeNamed() async throws {
        try project.writeDeploy()
        let kept = try project.text("deploy.yml").replacing(
            "{ version: \"${{ inputs.release }}\" }", with: "{ version: \"${{ inputs.release }}\", keep-failed: true }")
        try project.folder.write(kept, to: "deploy.yml")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
        #expect(try await project.runner("rollback", "--yes").code == 0)
        let refused = try await project.runner("rollback")
        #expect(refused.code == 64, "\(refused.error)")
        let command = try #require(commands("runner rollback", in: refused.raw.error).first, "\(refused.error)")
        try await expectGood(command.replacing("VERSION", with: "v1"))
        #expect(try project.live() == "v1")
    }

    @Test func aFileThatIsWrongCanBeLookedAt() async throws {
        try writeLog("massage")
        let refused = try await project.runner("run", "one.yml")
        #expect(refused.code == 65)
        let command = try #require(commands("runner validate", in: refused.raw.error).first, "\(refused.error)")
        let looked = try await type(command.replacing("FILE", with: "one.yml"))
        #expect(looked.code == 65 && looked.said.contains("did you mean `message`?"), "\(looked.said)")
        let listed = try await project.runner("steps")
        let kind = try #require(commands("runner steps", in: listed.raw.error).first)
        try await expectGood(kind.replacing("KIND", with: "log"))
    }

    @Test func anOutputThatIsMissingIsWrittenAsTold() async throws {
        func write(_ script: String) throws {
            try project.folder.write(
                """
                version: 1
                name: one
                steps:
                  - uses: exec
                    rollback: false
                    with:
                      outputs: [pages]
                      run: |
                        \(script)

                """, to: "one.yml")
        }
        try write("true")
        let refused = try await project.runner("run", "one.yml")
        let command = try #require(commands("echo", in: refused.raw.error).first, "\(refused.error)")
        try write(command)
        let said = try await project.runner("run", "one.yml")
        #expect(said.code == 0 && said.error.contains("pages=value"), "\(said.error)")
    }

    @Test func anInterruptedUploadIsFinishedBeforeItIsAdopted() async throws {
        try project.writeDeploy()
        for number in 0..<3_000 { try project.folder.write("\(number)", to: "site/\(number % 50)/\(number).txt") }
        var refused: Said?
        for release in 1...10 where refused == nil {
            // A loop of the shell's own looks often enough.
            let record = "store/.runner/incoming/v\(release).jsonl"
            let killed = try await project.type(
                """
                runner run deploy.yml -i release=v\(release) -q & while ! test -e \(record) && kill -0 $! 2>/dev/null; do :; done
                kill -9 $!
                """)
            // The last of the files may have been there already.
            guard killed.code == 0, project.exists(record) else { continue }
            refused = try await project.runner("adopt", "store", "v\(release)")
        }
        let error = try #require(refused).raw.error
        let command = try #require(commands("runner", in: error).first, "\(error)")
        let recovered = try await type(command)
        #expect([0, 1].contains(recovered.code), "\(recovered.said)")
        #expect(try DurableFile.entries(of: project.folder["store/.runner/incoming"]) == [])
    }
}
