import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Where the paths of a pipeline file start, where its runs are kept, and which folders a command makes.
@Suite struct ProjectFolderTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
    }

    private func writeSite(in folder: String, pipelines: String = "pipelines") throws {
        try project.folder.write("<html>one</html>\n", to: folder + "/site/index.html")
        try project.folder.write("<html>two</html>\n", to: folder + "/site/two.html")
        try project.folder.write(CommandProject.deploy(), to: "\(folder)/\(pipelines)/deploy.yml")
    }

    private func deploy(_ file: String, in folder: String = ".", _ release: String = "v1") async throws {
        let said = try await project.runner("run", file, "-i", "release=\(release)", "-q", in: folder)
        #expect(said.code == 0, "\(said.error)")
    }

    @Test func aSiteBesideItsPipelinesWithoutGit() async throws {
        try writeSite(in: "src")
        try await deploy("src/pipelines/deploy.yml")
        try await deploy("pipelines/deploy.yml", in: "src", "v2")
        try await deploy("deploy.yml", in: "src/pipelines", "v3")
        #expect(project.readLink("src/store/current") == "releases/v3")
        #expect(project.exists("src/.runner/runs") && !project.exists("src/pipelines/.runner"))
        #expect(!project.exists(".runner"))
        // Commands find the runs from both folders.
        for folder in ["src", "src/pipelines"] {
            let said = try await project.runner("rollback", "-q", in: folder)
            #expect(said.code == 0, "\(said.error)")
        }
        #expect(project.readLink("src/store/current") == "releases/v1")
    }

    @Test func aFileElsewhereStartsInItsOwnFolderWithoutGit() async throws {
        try writeSite(in: "src", pipelines: ".")
        try await deploy("src/deploy.yml")
        #expect(project.readLink("src/store/current") == "releases/v1" && project.exists("src/.runner/runs"))
    }

    /// `.git` is a folder, or a file in a worktree and in a submodule.
    @Test(arguments: [".git/HEAD", ".git"]) func aSiteOfARepository(git: String) async throws {
        try project.folder.write("", to: git)
        for name in ["apps/a", "apps/b", "."] {
            try writeSite(in: name)
            try await deploy(name + "/pipelines/deploy.yml")
            #expect(project.readLink(name + "/store/current") == "releases/v1")
            #expect(project.exists(name + "/.runner") == (name == "."))
        }
        // Any other folder than `pipelines` is a place in the checkout.
        try project.folder.write(CommandProject.deploy(), to: "ci/jobs/deploy.yml")
        try await deploy("ci/jobs/deploy.yml", "v2")
        #expect(project.readLink("store/current") == "releases/v2")
        #expect(try project.runs().count == 4)
        // The runs of all sites are found from each.
        let said = try await project.runner("rollback", "-q", "--yes", in: "apps/a")
        #expect(said.code == 0, "\(said.error)")
        #expect(project.readLink("apps/a/store/current") == nil && project.readLink("apps/b/store/current") != nil)
    }

    @Test func aCheckoutThatIsNamedPipelines() async throws {
        try writeSite(in: "pipelines", pipelines: ".")
        try project.folder.write("", to: "pipelines/.git/HEAD")
        try await deploy("pipelines/deploy.yml")
        #expect(project.readLink("pipelines/store/current") == "releases/v1" && project.exists("pipelines/.runner"))
    }

    /// Runners before this rule took the folder of the file.
    @Test func aFolderOfPipelinesThatHasRunsGoesOnAsItIs() async throws {
        try project.folder.write("<html>one</html>\n", to: "site/index.html")
        let old = CommandProject.deploy().replacing("source: site", with: "source: ../site")
        try project.folder.write(old, to: "pipelines/deploy.yml")
        try project.folder.write("*\n", to: "pipelines/.runner/.gitignore")
        mkdir(project.folder["pipelines/.runner/runs"].string, 0o700)
        try await deploy("pipelines/deploy.yml")
        #expect(project.readLink("pipelines/store/current") == "releases/v1" && !project.exists(".runner"))
        #expect(try await project.runner("runs", in: "pipelines").output.contains("v1"))
    }

    @Test func aProjectThatIsNamedWins() async throws {
        try writeSite(in: "src")
        let named = try await project.runner(
            "run", "src/pipelines/deploy.yml", "-i", "release=v1", "-q", "--project", "src/pipelines")
        #expect(named.code == 1)
        #expect(
            named.error.contains("there is no source folder ~/src/pipelines/site\n")
                && named.error.contains("`--project FOLDER` names another"), "\(named.error)")
    }

    /// As files have it that were written for paths from the top, or from the file's folder.
    @Test(arguments: [("apps/a/site", "~"), ("../site", "~/apps/a/pipelines")])
    func aSourceThatAnotherProjectHas(source: String, found: String) async throws {
        try project.folder.write("", to: ".git/HEAD")
        try writeSite(in: "apps/a")
        let file = "apps/a/pipelines/deploy.yml"
        try project.folder.write(
            CommandProject.deploy().replacing("source: site", with: "source: \(source)"), to: file)
        let refused = try await project.runner("run", file, "-i", "release=v1", "-q")
        #expect(refused.code == 1)
        #expect(
            refused.error.contains(
                "help: relative paths start at the project's folder, which is ~/apps/a; for ~/apps/a/site, name another with "
                    + "`--project \(found)`\n"), "\(refused.error)")
        let option = try #require(CommandProject.commands("--project ", in: refused.raw.error).first)
        let said = try await project.runner(
            ["run", file, "-i", "release=v1", "-q"] + option.split(separator: " ").map(String.init))
        #expect(said.code == 0, "\(said.error)")
    }

    /// A pipeline file beside the site, in a folder of a larger checkout.
    @Test func aSourceBesideThePipelineFile() async throws {
        try project.folder.write("", to: ".git/HEAD")
        try writeSite(in: "apps/a")
        try project.folder.write(CommandProject.deploy(), to: "apps/a/deploy.yml")
        let refused = try await project.runner("run", "apps/a/deploy.yml", "-i", "release=v1", "-q")
        #expect(
            refused.error.contains("for ~/apps/a/site, name another with `--project ~/apps/a`\n"), "\(refused.error)")
        let said = try await project.runner(
            "run", "apps/a/deploy.yml", "-i", "release=v1", "-q", "--project", project.folder["apps/a"].string)
        #expect(said.code == 0, "\(said.error)")
    }

    // MARK: Folders that are made

    @Test func aPlanMakesNoFolder() async throws {
        try writeSite(in: "src")
        mkdir(project.folder["tmp"].string, 0o700)
        let temporary = ["TMPDIR": project.folder["tmp"].string]
        func plan(_ conclusion: String) async throws {
            let said = try await project.runner(
                "plan", "src/pipelines/deploy.yml", "-i", "release=v1", environment: temporary)
            #expect(said.code == 0 && said.output.contains(conclusion), "\(said.output)")
        }
        try await plan("would do")
        #expect(try DurableFile.entries(of: project.folder["src"]).sorted() == ["pipelines", "site"])
        #expect(try DurableFile.entries(of: project.folder["tmp"]).isEmpty)
        try await deploy("src/pipelines/deploy.yml")
        try await plan("there is nothing to change")
        #expect(try DurableFile.entries(of: project.folder["src/.runner/plans"]).isEmpty)
        #expect(try DurableFile.entries(of: project.folder["tmp"]).isEmpty)
    }

    /// With `log` in `finally`, as `runner init` writes it.
    @Test func aRunThatFailsBeforeItsFirstChangeMakesNoStore() async throws {
        try project.writeDeploy("finally:\n  - uses: log")
        let deploy = try project.text("deploy.yml").replacing("store: store", with: "store: www/my-site")
        try project.folder.write(deploy, to: "deploy.yml")
        try project.move("site", to: "away")
        let refused = try await project.runner("run", "deploy.yml", "-i", "release=v1", "-v")
        #expect(refused.code == 1 && refused.error.contains("no source folder"), "\(refused.error)")
        #expect(refused.error.contains("has no release yet, so the record is not kept there"), "\(refused.error)")
        #expect(!project.exists("www"))
        mkdir(project.folder["www"].string, 0o755)
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 1)
        #expect(try DurableFile.entries(of: project.folder["www"]).isEmpty)
        try project.move("away", to: "site")
        try await self.deploy("deploy.yml")
        #expect(project.readLink("www/my-site/current") == "releases/v1")
        // From the first release on, a failure is on record.
        try project.move("site", to: "away")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 1)
        let records = try DurableFile.entries(of: project.folder["www/my-site/.runner/deployments"])
        #expect(records.filter { $0.hasSuffix(".log.json") }.count == 2, "\(records)")
        #expect(project.exists("www/my-site/.runner/lease.lock"))
    }
}
