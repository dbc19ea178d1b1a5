import Glibc
import SystemPackage
import TestSupport
import Testing

/// Where runs and files are looked for, and who may read them.
@Suite struct StateTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.writeDeploy()
    }

    private func mode(_ name: String) throws -> String {
        var status = stat()
        try #require(lstat(project.folder.path.pushing(FilePath(name)).string, &status) == 0, "\(name)")
        return String(status.st_mode & 0o777, radix: 8)
    }

    @Test func runsAreTheUsersAlone() async throws {
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
        let run = try project.newestRun()
        #expect(try project.text(".runner/.gitignore") == "*\n")
        for folder in [".runner", ".runner/runs", run, run + "/steps", run + "/steps/list"] {
            #expect(try mode(folder) == "700", "\(folder)")
        }
        for file in ["journal.jsonl", "run.log", "pipeline.yml", "lock", "steps/list/assets.jsonl"] {
            #expect(try mode(run + "/" + file) == "600", "\(file)")
        }
        #expect(try project.text(run + "/pipeline.yml") == project.text("deploy.yml"))
        // A web server of another user reads these.
        #expect(try mode("store/releases/v1/index.html") == "644")
        #expect(try mode("store/releases/v1") == "755")
    }

    @Test func stateIsWhereItIsSaid() async throws {
        let run = try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q", "--state", "kept")
        #expect(run.code == 0)
        #expect(project.exists("kept/runs") && !project.exists(".runner"))
        let byVariable = try await project.runner("runs", environment: ["RUNNER_STATE": "kept"])
        #expect(
            byVariable.output
                == "RUN  STATE  AGE  TOOK  PIPELINE  VERSION\nRUN  succeeded  AGE  TIME  deploy  v1 (live)\n")
        // The option wins.
        let both = try await project.runner("runs", "--state", "kept", environment: ["RUNNER_STATE": "other"])
        #expect(both.output == byVariable.output)
        #expect(try await project.runner("runs").error == "there are no runs in ~/.runner\n")
        let rollback = try await project.runner("rollback", "-qy", "--state", project.folder["kept"].string)
        #expect(rollback.code == 0, "\(rollback.error)")
        #expect(try project.live() == nil)
    }

    @Test func inputsComeFromOptionVariableAndDefault() async throws {
        try project.folder.write(
            """
            version: 1
            name: tell
            inputs:
              given: { type: string, env: GIVEN, default: by-default }
              count: { type: integer, default: 3 }
            steps:
              - id: tell
                uses: exec
                with: { run: "echo $GIVEN_INPUT $COUNT" }
                env: { GIVEN_INPUT: "${{ inputs.given }}", COUNT: "${{ inputs.count }}" }

            """, to: "tell.yml")
        func told(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> String {
            let said = try await project.runner(["run", "tell.yml", "-v"] + arguments, environment: environment)
            #expect(said.code == 0, "\(said.error)")
            return said.error
        }
        #expect(try await told([]).contains("| by-default 3\n"))
        #expect(try await told([], ["GIVEN": "by-variable"]).contains("| by-variable 3\n"))
        #expect(try await told(["-i", "given=a=b", "--input", "count=4"], ["GIVEN": "x"]).contains("| a=b 4\n"))
        let wrong = try await project.runner(["run", "tell.yml", "-i", "count=four"])
        #expect(wrong.code == 64)
        #expect(
            wrong.error == """
                tell.yml: error: the value given for the input `count` must be a whole number, not `four`
                1 problem in tell.yml
                error: the inputs do not fit the pipeline, so nothing was run

                """)
    }

    @Test func aStrayFileAmongTheRunsIsNoRun() async throws {
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
        try project.folder.write("", to: ".runner/runs/zz-left-by-a-desktop")
        let runs = try await project.runner("runs")
        #expect(runs.code == 0)
        #expect(
            runs.output + runs.error
                == "RUN  STATE  AGE  TOOK  PIPELINE  VERSION\nRUN  succeeded  AGE  TIME  deploy  v1 (live)\n")
        #expect(try await project.runner("recover").code == 0)
        #expect(try await project.runner("rollback", "-qy").code == 0)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
    func whatMayNotBeReadOrWrittenIsTold() async throws {
        chmod(project.folder.path.string, 0o755)
        try project.folder.write(
            "version: 1\nname: list\nsteps: [{ uses: hash, with: { source: site } }]\n", to: "list.yml")
        let state = try await project.runner("run", "deploy.yml", "-i", "release=v1", user: 65_534)
        #expect(state.code == 1)
        #expect(
            state.error == """
                error: cannot make the folder ~/.runner: permission denied
                  help: runs can be kept elsewhere: name a folder with `--state FOLDER` or RUNNER_STATE; or \(project.helpForDenied(".runner"))

                """)
        let plan = try await project.runner("plan", "deploy.yml", "-i", "release=v1", user: 65_534)
        #expect(
            plan.code == 1 && plan.output.contains("would fail: cannot write into ~: permission denied\n"),
            "\(plan.output)")
        mkdir(project.folder["rw"].string, 0o777)
        chmod(project.folder["rw"].string, 0o777)
        let kept = try await project.runner(
            "run", "list.yml", environment: ["RUNNER_STATE": "rw/state"], user: 65_534)
        #expect(kept.code == 0, "\(kept.error)")
        chmod(project.folder["deploy.yml"].string, 0o600)
        let file = try await project.runner("run", "deploy.yml", "-i", "release=v1", user: 65_534)
        #expect(file.code == 64)
        #expect(
            file.error == """
                error: the pipeline file cannot be read: cannot open ~/deploy.yml: permission denied
                  help: \(project.helpForDenied("deploy.yml"))

                """)
        #expect(!project.exists(".runner"))
    }
}
