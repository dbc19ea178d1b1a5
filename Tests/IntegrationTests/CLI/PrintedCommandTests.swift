import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Commands that messages advise work as they are printed, even for runs in folders where no command looks by itself.
@Suite struct PrintedCommandTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.writeDeploy()
        try project.folder.write("", to: "elsewhere/README")
    }

    /// Where a run is kept, and from which folder it is typed.
    struct Place: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var options: [String] = []
        var environment: [String: String] = [:]
        var folder = "."
        var file = "deploy.yml"
        /// True if its commands need an option.
        var isTold = true
    }

    static let places = [
        Place(testDescription: "by itself", isTold: false),
        Place(testDescription: "with --state", options: ["--state", "kept by it's user"]),
        Place(testDescription: "with RUNNER_STATE", environment: ["RUNNER_STATE": "kept"]),
        Place(
            testDescription: "with --project", options: ["--project", ".."], folder: "elsewhere", file: "../deploy.yml"),
        Place(testDescription: "from another folder", folder: "elsewhere", file: "../deploy.yml"),
    ]

    private func run(_ place: Place, _ release: String, code: Int = 0) async throws -> Said {
        let process = try start(place, release)
        let said = try await project.said(by: process)
        #expect(said.code == code, "\(said.error)")
        return said
    }

    private func start(_ place: Place, _ release: String) throws -> RunnerProcess {
        try RunnerProcess(
            ["run", place.file, "-i", "release=\(release)"] + place.options, in: folder(place),
            environment: project.environment.merging(place.environment) { $1 })
    }

    private func folder(_ place: Place) -> FilePath {
        project.folder.path.pushing(FilePath(place.folder)).lexicallyNormalized()
    }

    private func commands(_ beginning: String, in text: String) -> [String] {
        CommandProject.commands(beginning, in: text)
    }

    /// Types it into a shell of another day, without the variables of the run.
    private func type(_ command: String, in place: Place) async throws -> (code: Int, said: String) {
        try await project.type(command, in: place.folder)
    }

    private func failing(_ script: String) throws {
        try project.writeDeploy("  - { id: check, uses: exec, rollback: false, with: { run: '\(script)' } }")
    }

    @Test(arguments: places)
    func ofARunThatIsStuck(_ place: Place) async throws {
        _ = try await run(place, "v1")
        try failing("mv store/.runner/manifests/v1.jsonl aside; exit 1")
        let said = try await run(place, "v2", code: 3)
        let purpose = "when the reason is gone: "
        let last = try #require(said.raw.error.split(separator: "\n").last { $0.hasPrefix(purpose) }, "\(said.error)")
        let command = String(last.dropFirst(purpose.count))
        #expect(command.contains("--state") == place.isTold, "\(command)")
        rename(project.folder["aside"].string, project.folder["store/.runner/manifests/v1.jsonl"].string)
        let undone = try await type(command, in: place)
        #expect(undone.code == 0, "\(command): \(undone.said)")
        #expect(try project.live() == "v1")
    }

    @Test(arguments: places, ["runner recover", "runner rollback"])
    func ofARunThatWasStoppedAtOnce(_ place: Place, _ beginning: String) async throws {
        _ = try await run(place, "v1")
        // Its rollback waits, so that the second signal comes while it runs.
        try project.writeDeploy(
            """
              - id: check
                uses: exec
                with: { run: "touch waiting; sleep 1000" }
                rollback:
                  steps:
                    - { uses: exec, with: { run: "touch undoing; while ! test -e go; do sleep 0.05; done" } }
            """)
        let process = try start(place, "v2")
        try await project.waitFor("waiting")
        process.signal(SIGTERM)
        try await project.waitFor("undoing")
        // Long enough that the next signal counts as another one.
        try await Task.sleep(for: .milliseconds(1_200))
        process.signal(SIGTERM)
        let said = try await project.said(by: process)
        #expect(said.code == 143)
        try project.folder.write("", to: "go")
        let command = try #require(commands(beginning, in: said.raw.error).first, "\(said.error)")
        let undone = try await type(command, in: place)
        #expect(undone.code == (beginning == "runner recover" ? 1 : 0), "\(command): \(undone.said)")
        #expect(try project.live() == "v1")
    }

    @Test(arguments: places)
    func ofAnInterruptedRun(_ place: Place) async throws {
        _ = try await run(place, "v1")
        try failing("touch waiting; while ! test -e go; do sleep 0.05; done")
        let process = try start(place, "v2")
        try await project.waitFor("waiting")
        process.signal(SIGKILL)
        _ = try await process.end()
        try project.folder.write("", to: "go")
        try project.writeDeploy(top: "on-unfinished: stop")
        let next = try await run(place, "v3", code: 1)
        #expect(try project.live() == "v2")
        let recover = try #require(commands("runner recover", in: next.raw.error).first, "\(next.error)")
        let recovered = try await type(recover, in: place)
        #expect(recovered.code == 0 && recovered.said.contains("done in"), "\(recover): \(recovered.said)")
    }

    @Test(arguments: places)
    func ofARunThatIsNotLive(_ place: Place) async throws {
        for release in ["v1", "v2", "v3"] { _ = try await run(place, release) }
        let state =
            place.environment["RUNNER_STATE"] ?? (place.options.first == "--state" ? place.options[1] : ".runner")
        let ids = try StateFolder(project.folder[state]).runIDs()
        let look = ["--state", project.folder[state].string]
        let refused = try await project.runner(["rollback", ids[1]] + look)
        #expect(refused.code == 64)
        let told = commands("runner rollback", in: refused.raw.error)
        try #require(told.count == 2, "\(refused.error)")
        // As it was typed in the project's folder.
        let here = Place(testDescription: "")
        let to = try await type(told[1], in: here)
        #expect(to.code == 0, "\(told[1]): \(to.said)")
        #expect(try project.live() == "v1")
        // The way back is live now: nothing is told that would refuse.
        let ended = try await project.runner(["resume", ids[0]] + look)
        #expect(commands("runner rollback", in: ended.raw.error).isEmpty, "\(ended.error)")
        let list = try #require(commands("runner runs", in: ended.raw.error).first, "\(ended.error)")
        try await project.typeWell(list)
        let undo = "runner rollback \(ids[0]) --state \(ShellWord.quoted(project.folder[state].string))"
        let undone = try await type(undo, in: here)
        #expect(undone.code == 64, "\(undo): \(undone.said)")
        let last = try #require(commands("runner rollback", in: undone.said).first)
        #expect(try await type(last, in: here).code == 0)
        #expect(try project.live() == "v3")
    }

    @Test func commandsFindTheRunsOfAProject() async throws {
        try project.folder.write("", to: "elsewhere/site/index.html")
        let run = try await project.runner(
            "run", "deploy.yml", "-i", "release=v1", "-q", "--project", "elsewhere")
        #expect(run.code == 0, "\(run.error)")
        #expect(try await project.runner("runs").error == "there are no runs in ~/.runner\n")
        let runs = try await project.runner("runs", "--project", "elsewhere")
        #expect(runs.output.hasSuffix("\nRUN  succeeded  AGE  TIME  deploy  v1 (live)\n"), "\(runs.output)")
        let show = try await project.runner("show", "--project", "elsewhere")
        #expect(show.output.contains("\nstate  succeeded\n"))
        let resume = try await project.runner("resume", "--project", "elsewhere")
        #expect(resume.code == 64 && resume.error.contains("has ended, so there is nothing to resume"))
        let recover = try await project.runner("recover", "--project", "elsewhere")
        #expect(recover.code == 0 && recover.error == "nothing to recover in ~/elsewhere/.runner\n")
        let rollback = try await project.runner("rollback", "-y", "--project", "elsewhere")
        #expect(rollback.code == 0, "\(rollback.error)")
        #expect(!project.exists("elsewhere/store/current"))
    }
}
