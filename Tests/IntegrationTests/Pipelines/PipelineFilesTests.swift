import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// The files under `pipelines/`, run unchanged.
@Suite struct PipelineFilesTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        let top = FilePath("/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/"))
        for name in ["local-rollback.yml", "custom-steps.yml", "smoke-only.yml"] {
            let bytes = try DurableFile.read(top.appending("pipelines").appending(name))
            try project.folder.write(bytes, to: name)
        }
    }

    private func goBack(_ arguments: String...) async throws -> Said {
        try await project.runner(["run", "local-rollback.yml", "-i", "store=store"] + arguments)
    }

    @Test func goesBackReleaseByReleaseAndForwardAgain() async throws {
        try project.writeDeploy()
        for release in ["v1", "v2", "v3"] {
            #expect(try await project.runner("run", "deploy.yml", environment: ["RELEASE": release]).code == 0)
        }
        for release in ["v2", "v1"] {
            let said = try await goBack()
            #expect(said.code == 0 && said.error.contains("  ok  target  \(release), which went live at DATE  TIME"))
            #expect(try project.live() == release)
        }
        let end = try await goBack()
        #expect(end.code == 1)
        #expect(
            end.error.contains(
                "step `target` failed: file://~/store has no good release before v1, which is live, at the link `current`"
            ))
        #expect(try await goBack("-i", "to=latest").code == 0)
        #expect(try project.live() == "v3")
        #expect(try DurableFile.entries(of: project.folder["store/releases"]).sorted() == ["v1", "v2", "v3"])
    }

    @Test func goesForwardAgainWhereTheOldReleaseDoesNotAnswer() async throws {
        try project.writeDeploy()
        for release in ["v1", "v2"] {
            #expect(try await project.runner("run", "deploy.yml", environment: ["RELEASE": release]).code == 0)
        }
        let code = try await NginxServer.run(
            in: project.folder.path, root: project.folder["store/current"], server: "location / { return 503; }"
        ) { server in
            try await goBack("-i", "url=" + server.url()).code
        }
        #expect(code == 1)
        #expect(try project.live() == "v2")
    }

    /// The server has the site of the store that was meant, and its page answers.
    @Test func aMisspeltStoreIsNoticedAndTakenBack() async throws {
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", environment: ["RELEASE": "v1"]).code == 0)
        try project.folder.write("<html>2</html>\n", to: "site/two.html")
        let root = project.folder["store/current"]
        try await NginxServer.run(in: project.folder.path, root: root) { server in
            let look = "  - { uses: smoke, with: { url: \"\(server.url())\" } }"
            try project.folder.write(
                CommandProject.deploy(look).replacing("store: store", with: "store: sotre"), to: "misspelt.yml")
            try project.folder.write(
                CommandProject.deploy(look.replacing("/\" }", with: "/nowhere\" }")), to: "nowhere.yml")
            let nowhere = try await project.runner("run", "nowhere.yml", environment: ["RELEASE": "v0"])
            #expect(nowhere.error.contains("failed: \(server.url())nowhere: expected status 200, got 404 with "))

            let said = try await project.runner("run", "misspelt.yml", environment: ["RELEASE": "v2"])
            #expect(said.code == 1)
            #expect(said.error.contains("visitors do not get release v2 at \(server.url()): 1 of 3 checks failed:"))
            #expect(said.error.contains("another folder than ~/sotre/current, or `store` is misspelt"))
            #expect(said.error.contains("everything that it had changed is restored"))
            #expect(project.readLink("sotre/current") == nil && project.readLink("store/current") == "releases/v1")

            try project.folder.write(CommandProject.deploy(look), to: "deploy.yml")
            let right = try await project.runner("run", "deploy.yml", environment: ["RELEASE": "v2"])
            #expect(
                right.code == 0 && right.error.contains("visitors get v2 (2 of its files"))
        }
    }

    @Test func aTeamsOwnStepsAreUndoneToo() async throws {
        try project.folder.write("<html>one</html>\n", to: "site/index.html")
        for arguments in [
            ["init", "-q"], ["add", "-A"],
            ["-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-q", "-m", "one"], ["tag", "v1"],
        ] {
            let command = Command("git", arguments, environment: project.environment, directory: project.folder.path)
            #expect(try await SubprocessRunner(clock: SystemClock()).run(command) { _ in } == .exited(0))
        }
        let arguments = ["run", "custom-steps.yml", "-i", "source=site", "-i", "store=store"]
        let failed = try await project.runner(arguments + ["-i", "budget-kib=0"])
        #expect(failed.code == 1 && failed.error.contains("its budget is 0 KiB"))
        #expect(try project.live() == nil)
        #expect(try project.text(".runner/announcement.txt") == "taken back: v1\n")
        #expect(try await project.runner(arguments).code == 0)
        #expect(try project.live() == "v1")
        #expect(try project.text(".runner/announcement.txt") == "live: v1 (1 files)\n")
        #expect(try await project.runner("rollback", "--yes").code == 0)
        #expect(try project.text(".runner/announcement.txt") == "taken back: v1\n")
    }

    @Test func looksAtASite() async throws {
        try project.folder.write("<html>hello</html>", to: "www/index.html")
        let said = try await NginxServer.run(in: project.folder.path, root: project.folder["www"]) { server in
            try await project.runner("run", "smoke-only.yml", "-i", "url=" + server.url())
        }
        #expect(said.code == 0 && said.error.contains("2 checks passed"))
    }
}
