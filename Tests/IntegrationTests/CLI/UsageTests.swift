import SystemPackage
import TestSupport
import Testing

/// What is refused before anything runs.
@Suite struct UsageTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.writeDeploy()
    }

    private func expectNoRun() throws {
        #expect(try project.runs() == [])
        #expect(!project.exists("store"))
    }

    private let usage = "  help: `runner run --help` tells what it takes\n"

    @Test func wrongOptionsAre64() async throws {
        let cases: [([String], String)] = [
            (["run", "deploy.yml", "--quite"], "error: unknown option '--quite'. Did you mean '--quiet'?\n"),
            (["run", "deploy.yml", "-q", "-v"], "error: `--quiet` and `--verbose` cannot be used together\n"),
            (
                ["run", "deploy.yml", "--json", "--output-format", "text"],
                "error: `--json` and `--output-format text` cannot be used together\n"
            ),
            (
                ["run", "deploy.yml", "--allow-commands"],
                "error: `--allow-commands` is for `--dry-run`: a run needs no leave\n"
            ),
            (["run", "deploy.yml", "other.yml"], "error: unexpected argument 'other.yml'\n"),
        ]
        for (arguments, error) in cases {
            let said = try await project.runner(arguments)
            #expect(said.code == 64)
            #expect(said.raw.error == error + usage)
            #expect(said.output == "")
        }
        try expectNoRun()
    }

    @Test func anInputWithoutItsOptionIsRecognised() async throws {
        for (argument, message) in [
            ("env=prod", "unexpected argument 'env=prod'"), ("--env=prod", "unknown option '--env'"),
        ] {
            for command in ["run", "plan"] {
                let said = try await project.runner(command, "deploy.yml", argument)
                #expect(said.code == 64)
                #expect(said.error == "error: \(message)\n  help: did you mean `-i env=prod`?\n", "\(said.error)")
            }
        }
        // As it is told.
        let said = try await project.runner("validate", "deploy.yml", "-i", "release=v1")
        #expect(said.code == 0, "\(said.error)")
        try expectNoRun()
    }

    @Test func aCommandWithoutAFileListsTheFiles() async throws {
        let none = try await project.runner("run", "-i", "release=v1")
        #expect(none.code == 64)
        #expect(
            none.error == "error: `runner run` needs a pipeline file\n  help: `runner init` writes one to start from\n")
        try project.folder.write("", to: "pipelines/site.yml")
        for command in ["run", "plan", "validate"] {
            let said = try await project.runner(command)
            #expect(said.code == 64)
            #expect(
                said.error
                    == "error: `runner \(command)` needs a pipeline file\n  help: available: pipelines/site.yml\n")
        }
    }

    @Test(arguments: [
        (["help", "rolback"], "there is no command `rolback`", "did you mean `rollback`?"),
        (["deploy"], "there is no command `deploy`", "did you mean `run`?"),
        (["undo"], "there is no command `undo`", "did you mean `rollback`?"),
        (["status"], "there is no command `status`", "did you mean `runs`?"),
        (
            ["prune", "store"], "there is no command `prune`",
            "it is a kind of step: `runner steps prune` tells what it does"
        ),
        (["init", "s3"], "there is no template `s3`", "did you mean `bucket`?"),
        (["init", "fodler"], "there is no template `fodler`", "did you mean `folder`?"),
    ])
    func whatOtherToolsCallItIsNamed(_ arguments: [String], _ message: String, _ help: String) async throws {
        let said = try await project.runner(arguments)
        #expect(said.code == 64 && said.output == "")
        #expect(said.error == "error: \(message)\n  help: \(help)\n")
        for command in CommandProject.commands("runner ", in: said.raw.error) { try await project.typeWell(command) }
    }

    @Test func anUnknownCommandIs64() async throws {
        let said = try await project.runner("rnu")
        #expect(said.code == 64)
        #expect(
            said.raw.error == """
                error: there is no command `rnu`
                  help: did you mean `run`?

                """)
    }

    @Test func helpIsAResult() async throws {
        for arguments in [["--help"], ["help"], []] {
            let said = try await project.runner(arguments)
            #expect(said.code == 0)
            #expect(said.output.contains("USAGE: runner <subcommand>") && said.error == "")
        }
        for arguments in [["run", "--help"], ["help", "run"]] {
            let said = try await project.runner(arguments)
            #expect(said.code == 0)
            #expect(said.output.contains("USAGE: runner run <file>") && said.error == "")
        }
    }

    @Test func aMissingFileIs64() async throws {
        let said = try await project.runner("run", "nowhere.yml")
        #expect(said.code == 64)
        #expect(
            said.error == """
                error: there is no pipeline file at ~/nowhere.yml
                  help: `runner init` writes one to start from

                """)
        #expect(try await project.runner("run", "deploi.yml").error.hasSuffix("\n  help: did you mean `deploy.yml`?\n"))
        try project.folder.write("", to: "pipelines/site.yml")
        try project.folder.write("", to: "pipelines/smoke.yml")
        for command in ["plan", "validate"] {
            let near = try await project.runner(command, "site.yml")
            #expect(near.error.hasSuffix("\n  help: did you mean `pipelines/site.yml`?\n"), "\(near.error)")
            let far = try await project.runner(command, "nowhere.yml")
            #expect(
                far.error.hasSuffix("\n  help: available: pipelines/site.yml, pipelines/smoke.yml\n"), "\(far.error)")
        }
    }

    @Test func aFolderInsteadOfAFileIs64() async throws {
        let said = try await project.runner("run", "site")
        #expect(said.code == 64)
        #expect(said.error == "error: the pipeline file cannot be read: cannot open ~/site: it is a folder\n")
    }

    @Test func aMissingInputIs64() async throws {
        let said = try await project.runner("run", "deploy.yml")
        #expect(said.code == 64)
        #expect(
            said.error == """
                deploy.yml:4:3: error: the input `release` has no value: name of the release
                      release: { type: string, env: RELEASE, description: name of the release }
                      ^
                  help: give it with `-i release=…`, or set RELEASE
                1 problem in deploy.yml
                error: the inputs do not fit the pipeline, so nothing was run

                """)
        try expectNoRun()
    }

    @Test func anUnknownInputIs64() async throws {
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v1", "-i", "relaese=v1")
        #expect(said.code == 64)
        #expect(
            said.error == """
                deploy.yml: error: the file has no input `relaese`
                  help: did you mean `release`?
                1 problem in deploy.yml
                error: the inputs do not fit the pipeline, so nothing was run

                """)
        try expectNoRun()
    }

    @Test func anInputOfAFileThatTakesNoneIs64() async throws {
        try project.folder.write("version: 1\nname: plain\nsteps: [{ uses: log }]\n", to: "plain.yml")
        let told = "plain.yml: error: the file has no input `x`\n  help: it takes none; leave out `-i x=…`\n"
        for (command, end) in [
            ("validate", ""), ("run", "error: the inputs do not fit the pipeline, so nothing was run\n"),
        ] {
            let said = try await project.runner(command, "plain.yml", "-i", "x=1")
            #expect(said.code == 64)
            #expect(said.error == "\(told)1 problem in plain.yml\n" + end, "\(command)")
        }
        try expectNoRun()
    }

    @Test func anInputWithoutValueIs64() async throws {
        let said = try await project.runner("run", "deploy.yml", "-i", "release")
        #expect(said.code == 64)
        #expect(said.error == "error: `release` is not of the form `name=value`\n  help: write `-i name=value`\n")
    }

    @Test func aValueThatAnOptionRefusesIs64() async throws {
        for (arguments, environment) in [(["-i", "release=../v1"], [:]), ([], ["RELEASE": "../v1"])] {
            for command in ["run", "plan", "validate"] {
                let said = try await project.runner([command, "deploy.yml"] + arguments, environment: environment)
                #expect(said.code == 64)
                #expect(
                    said.error.hasPrefix(
                        "deploy.yml:9:48: error: `../v1` cannot be the version of a release: it contains `/`\n"),
                    "\(said.error)")
                let end = """
                    error: the inputs do not fit the pipeline, so nothing was run

                    """
                #expect(said.error.hasSuffix(end) == (command != "validate"), "\(said.error)")
            }
        }
        try expectNoRun()
    }

    @Test func aDryRunIsAPlan() async throws {
        let plan = try await project.runner("plan", "deploy.yml", "-i", "release=v1")
        let dry = try await project.runner("run", "deploy.yml", "-i", "release=v1", "--dry-run")
        #expect(plan.code == 0 && dry.code == 0)
        #expect(
            dry.output == plan.output
                && dry.output.contains("  change  upload  2 files, 34 B: the first release of this store\n"),
            "\(dry.output)")
        // A first release is one line, and not one for each file.
        #expect(!dry.output.contains("index.html") && !dry.output.contains("2 new"), "\(dry.output)")
        #expect(dry.error == plan.error)
        try expectNoRun()
    }

    @Test func aPlanListsWhatIsNew() async throws {
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
        try project.folder.write("<html>three</html>\n", to: "site/three.html")
        let plan = try await project.runner("plan", "deploy.yml", "-i", "release=v2")
        #expect(
            plan.output == """
                  ok  list  3 files, 53 B
                  change  upload  v2, compared with v1, which visitors have
                           + three.html  19 B
                  change  switch  v1 -> v2: this run began after the one that deployed v1
                  same  caches  a folder store has no edge cache
                1 new, 2 unchanged; 19 B to send
                this is what `runner run` would do; nothing was changed

                """)
        let whole = try await project.runner("plan", "deploy.yml", "-i", "release=v2", "-v")
        #expect(whole.output.contains("\n           = index.html  17 B  as in v1\n"), "\(whole.output)")
    }

    /// `--json` is the short form of `--output-format json`, which may be given as well.
    @Test func theFormIsAnOptionWithAShortForm() async throws {
        for arguments in [
            ["steps", "gzip"], ["validate", "deploy.yml"], ["runs"], ["plan", "deploy.yml", "-i", "release=v1"],
        ] {
            let short = try await project.runner(arguments + ["--json"])
            #expect(short.output.hasPrefix("{\"schema\":\"runner."), "\(short.output)")
            for format in [["--output-format", "json"], ["--json", "--output-format", "json"]] {
                let said = try await project.runner(arguments + format)
                #expect(said.output == short.output && said.code == short.code && said.error == short.error)
            }
            let plain = try await project.runner(arguments)
            let text = try await project.runner(arguments + ["--output-format", "text"])
            #expect(text.output == plain.output && text.error == plain.error && text.code == plain.code)
            #expect(!text.output.contains("\"schema\""))
        }
        let unknown = try await project.runner("runs", "--output-format", "xml")
        #expect(unknown.code == 64 && unknown.output == "")
        #expect(unknown.error.contains("Please provide one of 'text' and 'json'."), "\(unknown.error)")
    }

    /// What people read beside a result is not for programs, unless `-v` asks for it.
    @Test func standardErrorIsEmptyWithJSON() async throws {
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
        for arguments in [["runs"], ["show"], ["recover"], ["init", "-o", "new.yml"], ["steps"]] {
            let said = try await project.runner(arguments + ["--json"])
            #expect(said.code == 0 && said.error == "", "\(arguments): \(said.error)")
        }
        #expect(try await project.runner("recover", "--json", "-v").error == "nothing to recover in ~/.runner\n")
    }

    @Test func everyCommandHasJSON() async throws {
        let steps = try await project.runner("steps", "--json")
        #expect(steps.code == 0 && steps.output.hasPrefix("{\"schema\":\"runner.steps/1\",\"type\":\"steps\","))
        let gzip = try await project.runner("steps", "gzip", "--json")
        #expect(gzip.output.contains("\"kind\":\"gzip\"") && !gzip.output.contains("\"kind\":\"sync\""))
        let none = try await project.runner("steps", "gzpi", "--json")
        #expect(none.code == 64 && none.output.contains("\"code\":\"no-such-kind\""))
        let written = try await project.runner("init", "--json", "-o", "new.yml")
        #expect(written.code == 0 && written.error == "")
        #expect(
            written.output
                == "{\"schema\":\"runner.init/1\",\"type\":\"init\",\"file\":\"~/new.yml\",\"template\":\"folder\"}\n")
        #expect(try await project.runner("validate", "new.yml").code == 0)
        let again = try await project.runner("init", "--json", "-o", "new.yml")
        #expect(again.code == 64 && again.output.contains("\"code\":\"file-exists\""))
    }

    @Test func aMissingSecretIs64() async throws {
        try project.writeDeploy(top: "secrets: { hook: { env: HOOK } }")
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v1")
        #expect(said.code == 64)
        #expect(
            said.error == """
                error: the secret `hook` is not available: the environment variable HOOK is not set
                  help: set HOOK and run again; if the pipeline can do without it, declare `hook` with `optional: true`

                """)
        try expectNoRun()
    }

    @Test func everyProblemOfAWrongFileIsTold() async throws {
        try project.folder.write(
            """
            version: 1
            name: bad
            inputz: {}
            steps:
              - { id: list, uses: hsah, with: { source: site } }
              - { id: up, uses: sync, with: { store: store, version: v1, soruce: site } }
              - { uses: exec, with: { run: "true" }, timeout: 5 }

            """, to: "bad.yml")
        let problems = """
            bad.yml:3:1: error: unknown key `inputz` in a pipeline file
                inputz: {}
                ^
              help: did you mean `inputs`?
            bad.yml:5:23: error: there is no step kind `hsah`
                  - { id: list, uses: hsah, with: { source: site } }
                                      ^
              help: did you mean `hash`?
            bad.yml:6:62: error: unknown option `soruce`
                  - { id: up, uses: sync, with: { store: store, version: v1, soruce: site } }
                                                                             ^
              help: did you mean `source`?
            bad.yml:7:51: error: expected a duration such as `90s`, `5m` or `1h30m`, found the bare number `5`
                  - { uses: exec, with: { run: "true" }, timeout: 5 }
                                                                  ^
              help: name the unit: `5s` for seconds, `5m` for minutes
            4 problems in bad.yml

            """
        let said = try await project.runner("run", "bad.yml")
        #expect(said.code == 65)
        #expect(
            said.raw.error.replacing(project.folder.path.string, with: "~") == problems + """
                error: the pipeline file is wrong, so nothing was run
                  help: correct the file, and check it with `runner validate FILE`

                """)
        let validation = try await project.runner("validate", "bad.yml", "deploy.yml")
        #expect(validation.code == 65)
        #expect(validation.raw.error.replacing(project.folder.path.string, with: "~") == problems)
        #expect(validation.output == "")
        try expectNoRun()
    }

    @Test func aGoodFileIsValidInSilence() async throws {
        let said = try await project.runner("validate", "deploy.yml")
        #expect(said.code == 0)
        #expect(said.error + said.output == "")
        #expect(try await project.runner("validate", "deploy.yml", "nowhere.yml").code == 64)
    }

    private static let withoutRuns =
        "\n    to go back without them, write a pipeline with `runner init rollback`, or `runner init bucket-rollback` for a "
        + "bucket; look at its store, and type `runner run pipelines/rollback.yml`"

    @Test func thereAreNoRunsAtFirst() async throws {
        let runs = try await project.runner("runs")
        #expect(runs.code == 0)
        #expect(runs.error == "there are no runs in ~/.runner\n" && runs.output == "")
        for command in ["show", "resume", "rollback"] {
            let said = try await project.runner(command)
            #expect(said.code == 64)
            #expect(
                said.error == """
                    error: there are no runs in ~/.runner
                      help: runs are kept at the top of the git checkout, or in the project's folder: name that with `--project FOLDER`, or \
                    another place with `--state FOLDER`\(command == "rollback" ? Self.withoutRuns : "")

                    """)
        }
        let recovery = try await project.runner("recover")
        #expect(
            recovery.code == 0 && recovery.error == "there are no runs in ~/.runner, so there is nothing to recover\n")
    }
}
