import FoundationEssentials
import PipelineKit
import StandardSteps
import SystemPackage
import Testing

@testable import RunnerCLI

/// What documents say about the project, compared with what it is.
@Suite struct DocumentTests {
    static let registry = StepRegistry(StandardSteps.all)

    static let root = FilePath("/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/"))

    static func text(_ name: String) throws -> String {
        String(decoding: try DurableFile.read(root.pushing(FilePath(name))), as: UTF8.self)
    }

    static var pipelineFiles: [String] {
        get throws { try DurableFile.entries(of: root.appending("pipelines")).filter { $0.hasSuffix(".yml") }.sorted() }
    }

    /// The environment that the files for AWS need.
    static let environment = [
        "SITE_BUCKET": "my-bucket", "SITE_DISTRIBUTION": "E2QWRUHAPOMQZL", "SITE_URL": "https://www.example.com/",
        "PREVIEW_BUCKET": "my-previews", "BRANCH": "new-prices",
    ]

    private func read(_ text: String, _ name: String) -> (pipeline: Pipeline?, problems: [Problem]) {
        PipelineReader(registry: Self.registry).read(
            bytes: Array(text.utf8), path: FilePath(name), environment: Self.environment)
    }

    @Test func kindsAreDocumentedAsTheyAre() throws {
        let pages = StandardSteps.all.map { KindPage($0) }
        #expect(
            try Self.text("docs/steps.md") == KindPage.document(pages) + "\n",
            "make it anew: runner steps --markdown > docs/steps.md")
    }

    @Test func theSchemaIsThatOfTheKinds() throws {
        #expect(
            try Self.text("docs/pipeline.schema.json") == PipelineSchema.json(Self.registry) + "\n",
            "make it anew: runner schema > docs/pipeline.schema.json")
    }

    @Test(arguments: Self.registry.names)
    func everyExampleIsAStep(_ name: String) throws {
        let kind = try #require(Self.registry[name])
        // The steps whose outputs are wired into the examples.
        let lead = name == "git-tag" ? "" : "  - uses: git-tag\n  - { uses: hash, with: { source: public } }\n"
        let example = kind.example.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        let problems = read("version: 1\nname: example\nsteps:\n\(lead)\(example)\n", "\(name).yml").problems
        #expect(problems.filter { $0.severity == .error }.map(\.message) == [])
    }

    @Test(arguments: PipelineTemplate.allCases)
    func everyTemplateIsAPipeline(_ template: PipelineTemplate) {
        #expect(read(template.text(), template.fileName).problems.map(\.message) == [])
    }

    @Test(arguments: try Self.pipelineFiles)
    func everyPipelineWorksAsItStands(_ name: String) throws {
        let (pipeline, problems) = read(try Self.text("pipelines/" + name), name)
        #expect(problems.map(\.message) == [])
        let whole = try #require(pipeline)
        let text = PipelineExplanation(whole).text
        let again = read(text, name)
        #expect(again.problems.map(\.message) == [])
        #expect(again.pipeline.map { PipelineExplanation($0).text } == text)
    }

    @Test func everyLinkLeadsSomewhere() throws {
        let link = /\]\(([^)#:]+)(#[^)]*)?\)/
        let pages =
            ["README.md", "CHANGELOG.md"]
            + (try DurableFile.entries(of: Self.root.appending("docs")).filter { $0.hasSuffix(".md") }.map {
                "docs/" + $0
            })
        for page in pages {
            let folder = Self.root.pushing(FilePath(page)).removingLastComponent()
            for match in try Self.text(page).matches(of: link) {
                let target = folder.pushing(FilePath(String(match.1))).lexicallyNormalized()
                #expect(FileManager.default.fileExists(atPath: target.string), "\(page) links to \(match.1)")
            }
        }
    }
}
