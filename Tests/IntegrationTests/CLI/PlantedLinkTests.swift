import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Somebody else may write into the store. What they put in the place of its folders and files decides about nothing
/// outside of it, and is waited for by nobody.
@Suite(.timeLimit(.minutes(10))) struct PlantedLinkTests {
    private let project: CommandProject

    init() async throws {
        project = try CommandProject()
        try project.writeDeploy()
        try await project.deployFirst()
        try project.folder.write("mine", to: "outside/file")
        try project.folder.write("mine", to: "outside/two.html")
        try #require(chmod(project.folder["outside/file"].string, 0o644) == 0)
    }

    private var deploy: [String] { ["run", "-q", "deploy.yml", "-i", "release=v2"] }

    private func remove(_ name: String) {
        rename(project.folder[name].string, project.folder["moved"].string)
    }

    /// Everything outside, with its mode.
    private func outside() throws -> [String] {
        try DurableFile.entries(of: project.folder["outside"]).sorted().map { name in
            var status = stat()
            try #require(lstat(project.folder["outside"].appending(name).string, &status) == 0)
            return "\(name) \(String(status.st_mode, radix: 8)) \(try project.text("outside/" + name))"
        }
    }

    @Test(arguments: [
        ".runner", ".runner/manifests", ".runner/deployments", ".runner/incoming", ".runner/pointers", "releases/v2",
        "releases/v1",
    ])
    func aFolderThatIsALink(_ name: String) async throws {
        // With all that was there: only that it is a link is wrong.
        remove("store/" + name)
        let target = project.exists("moved") ? "moved" : "outside"
        try #require(symlink(project.folder[target].string, project.folder["store/" + name].string) == 0)
        let before = try (outside(), DurableFile.entries(of: project.folder[target]).sorted())
        let said = try await project.runner(deploy)
        if name == "releases/v1" {
            // Whose files are only taken if they are there.
            #expect(said.code == 0, "\(said.error)")
        } else {
            #expect(said.code != 0)
            #expect(said.error.contains("store/" + name) && said.error.contains("symbolic link"), "\(said.error)")
        }
        #expect(try before == (outside(), DurableFile.entries(of: project.folder[target]).sorted()))
        if name == ".runner" || name.hasPrefix("releases") { return }
        // Once it is a folder again, all is well.
        unlink(project.folder["store/" + name].string)
        try project.move("moved", to: "store/" + name)
        try await project.expectDeploys()
    }

    /// A file that a run writes anew takes the place of the link. One that it reads must be a file.
    @Test(arguments: [
        ".runner/lease.json", ".runner/lease.json.tmp", ".runner/incoming/v2.jsonl.tmp",
        ".runner/manifests/v2.jsonl.tmp",
        ".runner/lease.lock", ".runner/manifests/v2.jsonl", ".runner/incoming/v2.jsonl", ".runner/trash/v2.jsonl",
        ".runner/hold.json", ".runner/store.json", ".runner/manifests/v1.jsonl",
    ])
    func aFileThatIsALink(_ name: String) async throws {
        let before = try outside()
        try await plant(name) { try #require(symlink(project.folder["outside/file"].string, $0) == 0) }
        #expect(try outside() == before)
    }

    @Test(arguments: [
        ".runner/lease.json", ".runner/lease.json.tmp", ".runner/lease.lock", ".runner/manifests/v2.jsonl",
        ".runner/incoming/v2.jsonl", ".runner/trash/v2.jsonl", ".runner/hold.json", ".runner/store.json",
        ".runner/manifests/v1.jsonl", "current",
    ])
    func aFileThatIsAPipe(_ name: String) async throws {
        try await plant(name) { try #require(mkfifo($0, 0o666) == 0) }
    }

    private func plant(_ name: String, _ make: (String) throws -> Void) async throws {
        remove("store/" + name)
        mkdir(project.folder["store/" + name].removingLastComponent().string, 0o755)
        try make(project.folder["store/" + name].string)
        let said = try await project.runner(deploy)
        let isReplaced = name.hasSuffix(".tmp") || name.hasSuffix("lease.json")
        #expect((said.code == 0) == isReplaced, "\(said.code) \(said.error)")
        if !isReplaced { #expect(said.error.contains("store/" + name), "\(said.error)") }
    }

    /// The store's own path may lead through links: the user has named it.
    @Test func theStoreMayBeALink() async throws {
        try project.move("store", to: "disk")
        try #require(symlink("disk", project.folder["store"].string) == 0)
        try await project.expectDeploys()
    }

    /// `releases` may be on another disk, by a link of the user's own.
    @Test(arguments: [true, false])
    func theReleasesMayBeOnAnotherDisk(isOwn: Bool) async throws {
        try #require(geteuid() == 0)
        try project.move("store/releases", to: "disk")
        let link = project.folder["store/releases"].string
        try #require(symlink("../disk", link) == 0)
        if isOwn { return try await project.expectDeploys() }
        try #require(lchown(link, 65_534, 65_534) == 0)
        let said = try await project.runner(deploy)
        #expect(said.code == 1 && said.error.contains("store/releases"), "\(said.error)")
        #expect(try DurableFile.entries(of: project.folder["disk"]) == ["v1"])
    }

    @Test(arguments: ["current", "there"])
    func aLinkThatLeadsToItself(_ target: String) async throws {
        try #require(symlink("current", project.folder["store/there"].string) == 0)
        try project.point("store/current", at: target)
        try project.folder.write(
            "version: 1\nname: tidy\nsteps:\n  - { uses: prune, with: { store: store, keep: 1 } }\n", to: "tidy.yml")
        for command in [
            deploy, ["plan", "deploy.yml", "-i", "release=v2"], ["run", "-q", "tidy.yml"], ["rollback", "-y"],
            ["rollback", "--to", "v1"],
        ] {
            let said = try await project.runner(command)
            #expect(said.code != 0, "\(command)")
            // The row of a plan tells it.
            let told = command.first == "plan" ? said.output : said.error
            #expect(
                told.contains("~/store/current is a symbolic link that leads back to itself"), "\(command): \(told)")
            // A rollback that did not finish advises to look at the error and to go on then.
            let advice = command == ["rollback", "-y"] ? "runner rollback RUN" : "`rm ~/store/current`"
            #expect(said.error.contains(advice), "\(command): \(said.error)")
        }
        #expect(project.readLink("store/current") == target)
        unlink(project.folder["store/current"].string)
        try await project.expectDeploys()
    }
}

/// A pipe or a device in the place of a file that a command reads.
@Suite(.timeLimit(.minutes(10))) struct PipeForFileTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.writeDeploy()
        try #require(mkfifo(project.folder["pipe"].string, 0o600) == 0)
    }

    private func expectRefusal(_ arguments: [String], environment: [String: String] = [:]) async throws {
        let said = try await project.runner(arguments, environment: environment)
        #expect(said.code != 0)
        #expect(
            said.error.contains("~/pipe: it is a pipe, a socket or a device, and must be a regular file"),
            "\(said.error)")
    }

    @Test(arguments: ["run", "validate", "plan"])
    func thePipelineFile(_ command: String) async throws { try await expectRefusal([command, "pipe"]) }

    @Test func aSecret() async throws {
        try project.folder.write(
            "version: 1\nname: s\nsecrets:\n  key: { file: pipe }\nsteps:\n  - { uses: exec, with: { run: 'true' } }\n",
            to: "s.yml")
        try await expectRefusal(["run", "s.yml"])
    }

    @Test(arguments: ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"])
    func theSettingsOfAWS(_ variable: String) async throws {
        try project.folder.write(
            """
            version: 1
            name: upload
            steps:
              - { uses: sync, with: { store: "s3://bucket/x", version: v1, source: site } }

            """, to: "upload.yml")
        var environment = [variable: project.folder["pipe"].string, "AWS_REGION": "eu-central-1"]
        environment["AWS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/x"
        environment["AWS_EC2_METADATA_DISABLED"] = "true"
        try await expectRefusal(["run", "upload.yml"], environment: environment)
    }

    @Test(arguments: ["journal.jsonl", "lock", "pipeline.yml"])
    func aFileOfARun(_ name: String) async throws {
        try await project.deployFirst()
        let path = try project.newestRun() + "/" + name
        unlink(project.folder.path.pushing(FilePath(path)).string)
        try #require(mkfifo(project.folder.path.pushing(FilePath(path)).string, 0o600) == 0)
        for command in [["show"], ["rollback", "-y"], ["recover"], ["runs"]] {
            // That they end is what counts: some do without the file.
            _ = try await project.runner(command)
        }
        let said = try await project.runner(["rollback", "-y"])
        #expect(said.code != 0)
    }
}
