import PipelineKit
import SystemPackage
import TestSupport
import Testing

@testable import RunnerCLI

/// What `init` finds around the file that it writes, and that it works.
@Suite struct InitTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
    }

    private func written(_ arguments: String...) async throws -> (file: String, said: Said) {
        let said = try await project.runner(["init"] + arguments)
        #expect(said.code == 0, "\(said.error)")
        let path = said.raw.output.split(separator: "\n").first.map(String.init) ?? ""
        return (String(decoding: try DurableFile.read(FilePath(path)), as: UTF8.self), said)
    }

    @Test(arguments: ["dist", "build", "public", "_site", "out", "site"])
    func theFolderOfTheSiteIsFound(_ folder: String) async throws {
        try project.folder.write("<html></html>\n", to: "\(folder)/index.html")
        let (file, said) = try await written()
        #expect(file.contains("- { uses: hash, with: { source: \(folder) } }"))
        #expect(said.error.contains("`source` is `\(folder)`, which has an index.html\n"))
    }

    /// A folder that is a builder's input, such as Vite's `public`, has no page.
    @Test func aFolderWithoutAPageIsNotTaken() async throws {
        try project.folder.write("", to: "public/favicon.ico")
        try project.folder.write("<html></html>\n", to: "build/index.html")
        try project.folder.write("<html></html>\n", to: "out/index.html")
        let (file, said) = try await written("bucket")
        #expect(file.contains("with: { source: build } }"))
        #expect(said.error.contains("`source` is `build`, which has an index.html, as `out` has"))
    }

    @Test func thatThereIsNoSiteIsTold() async throws {
        let (file, said) = try await written("-o", "deploy.yml")
        #expect(file.contains("with: { source: public } }"))
        #expect(said.error.contains("no folder with an index.html was found: set `source`"))
    }

    /// Two sites of one machine do not replace each other.
    @Test(arguments: [
        ("shop", "shop"), ("My Shop (2)", "My-Shop-2"), ("...docs", "docs"), ("2026", "my-site"), ("日本", "my-site"),
        ("a&b;c", "a-b-c"), ("-rf", "rf"),
    ])
    func theStoreIsNamedAfterTheFolder(_ folder: String, _ name: String) async throws {
        try project.folder.write("", to: "\(folder)/README")
        let said = try await project.runner("init", in: folder)
        #expect(said.code == 0, "\(said.error)")
        let file = try project.text("\(folder)/pipelines/deploy.yml")
        #expect(file.contains("with: { store: /srv/www/\(name) }\n"), "\(file)")
        #expect(file.contains("sudo install -d -o \"$(id -un)\" /srv/www/\(name)\n"))
        #expect(try await project.runner("validate", "./\(folder)/pipelines/deploy.yml").code == 0)
        let bucket = try await project.runner("init", "bucket", "-o", "other/bucket.yml", in: folder)
        #expect(bucket.code == 0)
        #expect(try project.text("\(folder)/other/bucket.yml").contains("  store: s3://my-bucket/"))
    }

    /// What is an example looks like a value, and `validate` cannot tell.
    @Test func theValuesToSetAreTold() async throws {
        try project.folder.write("<html></html>\n", to: "shop/dist/index.html")
        let file = "pipelines/deploy.yml"
        let bucket = try await project.runner("init", "bucket", in: "shop")
        #expect(
            bucket.error.hasSuffix(
                "next: set `store` (s3://my-bucket/shop), `distribution` (E2QWRUHAPOMQZL) and `url` "
                    + "(https://www.example.com/) to yours, then `runner validate \(file)` and `runner plan \(file)`\n"),
            "\(bucket.error)")
        let way = try await project.runner("init", "bucket-rollback", in: "shop")
        #expect(way.error.contains("\nnext: look through it, then "), "\(way.error)")
        let smoke = try await project.runner("init", "smoke", "-o", "elsewhere/smoke.yml", in: "shop")
        #expect(smoke.error.contains("\nnext: set `url` (http://localhost/) to yours, then "), "\(smoke.error)")
    }

    @Test func theSchemaIsBesideTheFileThatNamesIt() async throws {
        let (file, said) = try await written("smoke")
        #expect(said.error.hasPrefix("beside it, for editors: pipeline.schema.json\n"))
        #expect(file.hasPrefix("# yaml-language-server: $schema=pipeline.schema.json\n"))
        #expect(
            try project.text("pipelines/pipeline.schema.json") == PipelineSchema.json(DocumentTests.registry) + "\n")
        let (other, plain) = try await written("smoke", "--no-schema", "-o", "plain/smoke.yml")
        #expect(!plain.error.contains("schema"))
        #expect(other.hasPrefix("version: 1\n"))
        #expect(!project.exists("plain/pipeline.schema.json"))
    }

    @Test func nothingThatIsThereIsChanged() async throws {
        try project.folder.write("own", to: "pipelines/pipeline.schema.json")
        try project.point("pipelines/deploy.yml", at: "nowhere.yml")
        #expect(try await project.runner("init").code == 64)
        #expect(project.readLink("pipelines/deploy.yml") == "nowhere.yml")
        let said = try await project.runner("init", "rollback")
        #expect(said.code == 0 && !said.error.contains("schema"))
        #expect(try project.text("pipelines/pipeline.schema.json") == "own")
    }

    @Test func theWayBackIsThatOfTheDeployBesideIt() async throws {
        try project.folder.write(
            """
            version: 1
            name: deploy
            inputs: { id: { type: string } }
            with: { store: "s3://shop/site #1", distribution: "${{ inputs.id }}" }
            steps:
              - { uses: switch-origin, with: { version: v1, origin: main } }
              - { uses: smoke, with: { url: "https://shop.example/" } }
            """, to: "pipelines/deploy.yml")
        let (file, said) = try await written("bucket-rollback")
        #expect(file.contains("with:\n  store: \"s3://shop/site #1\"\n  origin: \"main\"\n"))
        #expect(file.contains("{ uses: smoke, with: { url: \"https://shop.example/\" } }"))
        #expect(said.error.contains("taken from deploy.yml: `store`, `origin`, `url`\n"))
        #expect(said.error.contains("an expression in deploy.yml, to be set by hand here: `distribution`\n"))
        let (smoke, _) = try await written("smoke")
        #expect(smoke.contains("url: \"https://shop.example/\"\n"))
    }

    /// Deploys, goes back, and looks, by what `init` writes. Only the store and the URL of the deploy are edited.
    @Test func everyTemplateForAFolderWorks() async throws {
        try project.folder.write("<html>one</html>\n", to: "dist/index.html")
        try project.folder.write("", to: "www/.keep")
        try await project.typeWell("git init -q . && printf '.runner\\nwww\\n*.conf\\n' > .gitignore")
        try await NginxServer.run(in: project.folder.path, root: project.folder["www/current"]) { server in
            let (deploy, _) = try await written("folder")
            try project.folder.write(
                deploy.replacing(/\/srv\/www\/[A-Za-z0-9._-]+/, with: project.folder["www"].string)
                    .replacing("http://localhost/", with: server.url()), to: "pipelines/deploy.yml")
            _ = try await written("rollback")
            _ = try await written("smoke")
            for name in ["deploy", "rollback", "smoke"] {
                try await project.typeWell("runner validate pipelines/\(name).yml")
            }
            for release in ["v1", "v2"] {
                try project.folder.write("<html>\(release)</html>\n", to: "dist/index.html")
                try await project.typeWell("git add -A && git commit -qm \(release) && git tag \(release)")
                try await project.typeWell("runner run pipelines/deploy.yml")
                #expect(project.readLink("www/current") == "releases/\(release)")
            }
            try await project.typeWell("runner run pipelines/smoke.yml")
            try await project.typeWell("runner run pipelines/rollback.yml")
            #expect(project.readLink("www/current") == "releases/v1")
        }
    }
}
