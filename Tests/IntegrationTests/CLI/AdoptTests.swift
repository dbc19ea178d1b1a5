import FoundationEssentials
import Glibc
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// `runner adopt`, as its user sees it.
@Suite struct AdoptTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.writeDeploy()
        try project.folder.write("<html>old</html>\n", to: "store/releases/20240101/index.html")
        try project.point("store/current", at: "releases/20240101")
    }

    @Test func makesARelease() async throws {
        let said = try await project.runner("adopt", "store", "20240101")
        #expect(said.code == 0 && said.output == "")
        #expect(
            said.error == """
                release 20240101 is adopted: 1 file, 17 B
                  its manifest is ~/store/.runner/manifests/20240101.jsonl

                """)
        let again = try await project.runner("adopt", "store", "20240101")
        #expect(again.code == 1)
        #expect(
            again.error == """
                error: 20240101 is a release of file://~/store already: it was adopted, in run RUN; its manifest is \
                ~/store/.runner/manifests/20240101.jsonl
                  help: nothing to do: deploys, `release` and rollbacks know it

                """)
        // Nothing of the work is left, and nothing that counts as a run.
        #expect(try DurableFile.entries(of: project.folder[".runner/adoptions"]) == [])
        #expect(try project.runs() == [])
        let records = try DurableFile.entries(of: project.folder["store/.runner"]).sorted()
        #expect(records == ["lease.lock", "manifests", "store.json"])
    }

    @Test func saysItAsJSON() async throws {
        let wrong = try await project.runner("adopt", "store", "2024", "--json")
        #expect(
            wrong.code == 1 && wrong.output.contains(#""type":"error""#) && wrong.output.contains("no-such-release"))
        let said = try await project.runner("adopt", "store", "20240101", "--json")
        #expect(said.code == 0 && said.error == "")
        #expect(
            said.output == #"{"schema":"runner.adopt/1","type":"adopted","bytes":17,"compressed":0,"files":1,"#
                + #""manifest":"~/store/.runner/manifests/20240101.jsonl","store":"file://~/store","version":"20240101"}"#
                + "\n")
    }

    @Test(arguments: [
        (["no-store", "v1"], 64, "there is no store at ~/no-store"),
        (["store", "../x"], 64, "cannot be the version of a release"),
        (["https://x", "v1"], 64, "has the scheme `https:`"),
        (["store", "v1"], 1, "there are no files of v1"),
        (["store"], 64, "missing expected argument '<version>'"),
    ])
    func tellsWhatIsWrong(arguments: [String], code: Int, words: String) async throws {
        let said = try await project.runner(["adopt"] + arguments)
        #expect(said.code == code && said.error.contains(words), "\(said.error)")
        #expect(!project.exists("no-store") && !project.exists("store/.runner/manifests/v1.jsonl"))
    }

    @Test func findsTheStoreFromElsewhere() async throws {
        try project.folder.write("", to: "elsewhere/.keep")
        let wrong = try await project.runner("adopt", "store", "20240101", in: "elsewhere")
        #expect(wrong.code == 64)
        let said = try await project.runner(
            "adopt", "store", "20240101", "--project", project.folder.path.string, "-q", in: "elsewhere")
        #expect(said.code == 0 && said.error == "")
    }

    @Test func waitsForNobody() async throws {
        let wait =
            "  - { uses: exec, rollback: false, with: { run: 'touch waiting; while test ! -e go; do sleep 0.05; done' } }"
        try project.folder.write(CommandProject.deploy(wait), to: "slow.yml")
        let slow = try project.start("run", "slow.yml", "-i", "release=v1", "-q")
        try await project.waitFor("waiting")
        let said = try await project.runner("adopt", "store", "20240101")
        #expect(said.code == 75)
        #expect(
            said.error == """
                error: file://~/store is in use by run RUN of pipeline deploy (process PID on HOST, since DATE)
                  help: wait for it to end, then type this again

                """)
        try project.folder.write("", to: "go")
        #expect(try await project.said(by: slow).code == 0)
        #expect(try await project.runner("adopt", "store", "20240101").code == 0)
    }

    /// The way that the documents describe, command by command.
    @Test func comingFromAnotherTool() async throws {
        let top = FilePath("/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/"))
        try project.folder.write(
            try DurableFile.read(top.pushing("pipelines/local-rollback.yml")), to: "local-rollback.yml")
        let plan = try await project.runner("plan", "deploy.yml", "-i", "release=v1.0.0")
        #expect(
            plan.output.contains("20240101, which has no manifest and so is not the runner's, -> v1.0.0"),
            "\(plan.output)")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1.0.0").code == 0)
        let back = ["run", "local-rollback.yml", "-i", "store=store"]
        let tooEarly = try await project.runner(back)
        #expect(tooEarly.code == 1)
        let advice = try #require(tooEarly.raw.error.firstMatch(of: /`runner (adopt [^`]+)` makes one/))
        let words = String(advice.output.1).split(separator: " ").map(String.init)
        #expect(words == ["adopt", "file://" + project.folder["store"].string, "20240101"])
        #expect(try await project.runner(words).code == 0)
        let said = try await project.runner(back)
        #expect(said.code == 0, "\(said.error)")
        #expect(project.readLink("store/current") == "releases/20240101")
        #expect(try project.text("store/current/index.html") == "<html>old</html>\n")
        #expect(try await project.runner(back + ["-i", "to=latest"]).code == 0)
        #expect(project.readLink("store/current") == "releases/v1.0.0")
    }

    @Test func aKillLeavesAllOrNothing() async throws {
        for number in 0..<2_000 { try project.folder.write("\(number)", to: "store/releases/big/\(number).txt") }
        var kills = 0
        for wait in ["0.001", "0.02", "0.06", "0.12", "0.25"] {
            // A shell sends the signal: here, other tests may keep this process busy for longer than the command takes.
            let script = "\"$0\" adopt store big & sleep \(wait); kill -9 $!; wait $!"
            let command = Command(
                "/bin/sh", ["-c", script, try RunnerProcess.executable.string], environment: project.environment,
                directory: project.folder.path)
            if try await SubprocessRunner(clock: SystemClock()).run(command, output: { _ in }) == .exited(137) {
                kills += 1
            }
            let manifest = project.store.path(of: .manifest(of: try ReleaseVersion("big")))
            if access(manifest.string, F_OK) == 0 {
                try expectWhole(manifest)
                unlink(manifest.string)
            }
        }
        #expect(kills >= 2)
        #expect(try await project.runner("adopt", "store", "big").code == 0)
        try expectWhole(project.store.path(of: .manifest(of: try ReleaseVersion("big"))))
    }

    /// As nginx serves it, with the compressed bytes that are beside a page.
    @Test func whatVisitorsGetIsHeldAgainstIt() async throws {
        let page = String(repeating: "<p>old</p>\n", count: 500)
        try project.folder.write(page, to: "store/releases/20240101/page.html")
        let command = Command(
            "/bin/sh", ["-c", "gzip -k page.html"], environment: project.environment,
            directory: project.folder["store/releases/20240101"])
        #expect(try await SubprocessRunner(clock: SystemClock()).run(command) { _ in } == .exited(0))
        #expect(try await project.runner("adopt", "store", "20240101").code == 0)
        let codes = try await NginxServer.run(
            in: project.folder.path, root: project.folder["store/current"], server: "gzip_static on;"
        ) { server in
            try project.folder.write(
                """
                version: 1
                name: check
                steps:
                  - { uses: smoke, with: { url: "\(server.url())", store: store, version: "20240101", manifest: all } }

                """, to: "check.yml")
            let good = try await project.runner("run", "check.yml")
            try project.folder.write("<html>new</html>\n", to: "store/releases/20240101/index.html")
            let bad = try await project.runner("run", "check.yml")
            return [good.code, bad.code]
        }
        #expect(codes == [0, 1])
    }

    private func expectWhole(_ manifest: FilePath) throws {
        let reader = try Manifest.Reader(manifest)
        var count = 0
        while try reader.next() != nil { count += 1 }
        #expect(count == 2_000)
    }
}
