import FoundationEssentials
import PipelineKit
import StandardSteps
import SystemPackage
import TestSupport
import Testing

/// The files of `Tests/BrokenPipelines`, each with the report that a user gets of it, and what an editor sees by the
/// JSON Schema.
@Suite struct BrokenPipelineTests {
    static let folder = DocumentTests.root.appending("Tests/BrokenPipelines")

    static var files: [String] {
        get throws { try DurableFile.entries(of: folder).filter { $0.hasSuffix(".yml") }.sorted() }
    }

    @Test func areManyEachWithItsReport() throws {
        let reports = try DurableFile.entries(of: Self.folder).filter { $0.hasSuffix(".txt") }.sorted()
        #expect(try Self.files.count >= 60)
        #expect(try Self.files.map { $0.dropLast(4) } == reports.map { $0.dropLast(4) })
    }

    /// To make a report anew: `runner validate NAME.yml 2> NAME.txt` in that folder, less its path and the last, empty
    /// line.
    @Test(arguments: try Self.files)
    func areToldLikeThis(_ name: String) throws {
        let bytes = try DurableFile.read(Self.folder.appending(name))
        let (pipeline, problems) = PipelineReader(registry: DocumentTests.registry).read(
            bytes: bytes, path: FilePath(name))
        let report = ProblemReport(problems, path: FilePath(name), bytes: bytes).text()
        let expected = try DurableFile.read(Self.folder.appending(name.dropLast(4) + ".txt"))
        #expect(report == String(decoding: expected, as: UTF8.self))
        #expect(pipeline == nil)
    }

    /// A report must not show again what is a secret.
    @Test func secretsAreNotShown() throws {
        let report = try DocumentTests.text("Tests/BrokenPipelines/secrets.txt")
        #expect(!report.contains("hunter2"))
    }

    /// What the schema says of a file.
    private enum Verdict: String { case valid, refused, noYAML = "no YAML" }

    private static let notYAML: Set = [
        "alias-misspelt", "at-sign", "brace-not-closed", "colon-in-text", "escape-byte", "indentation-off",
        "key-that-is-a-list", "latin-1", "merge-of-text", "nul-byte", "quote-not-closed", "star-without-quotes",
        "tab-in-a-mapping", "tab-indent", "two-documents", "yaml-tags",
    ]

    /// Faults that no schema can see, by their reasons.
    private static let unseen: [String: Set<String>] = [
        "it is gone when YAML has been read": [
            "alias-of-itself", "duplicate-keys", "duplicate-steps", "octal-number", "version-1.0",
        ],
        "it lies in a text of a language of its own": [
            "expression-empty", "expression-functions", "expression-not-closed", "expression-syntax", "globs",
            "nul-escape", "store-urls",
        ],
        "it lies in what two places of the file say together": [
            "expression-names", "expression-of-another-type", "ids-twice", "input-used-but-not-declared",
            "output-misspelt", "policy-by-the-run", "policy-not-known-yet", "step-of-itself", "steps-in-a-circle",
            "variables-in-a-circle",
        ],
        "what is missing may be shared or wired": [
            "option-missing", "options-that-exclude", "wired-from-a-later-step", "wired-from-a-skipped-step",
            "wired-from-nowhere",
        ],
        "it is a limit of the reader": ["nested-too-deep"],
    ]

    private static func expected(_ name: String) -> Verdict {
        let name = String(name.dropLast(4))
        if notYAML.contains(name) { return .noYAML }
        return unseen.values.contains { $0.contains(name) } ? .valid : .refused
    }

    @Test func theSchemaSeesWhatASchemaCan() async throws {
        let folder = try TemporaryFolder()
        let printed = try await RunnerProcess(["schema"], in: folder.path, environment: [:]).end()
        try folder.write(printed.output, to: "schema.json")
        let broken = try Self.files
        let good = try DocumentTests.pipelineFiles
        let python = DocumentTests.root.appending(".venv/bin/python3")
        let script = DocumentTests.root.appending("Tests/TestBed/pipelineschema.py")
        let paths =
            broken.map { Self.folder.appending($0).string }
            + good.map { DocumentTests.root.appending("pipelines/" + $0).string }
        let lines = Recorder()
        let command = Command(
            python.string, [script.string, folder["schema.json"].string] + paths, environment: [:],
            directory: folder.path)
        let status = try await SubprocessRunner(clock: SystemClock()).run(command) { lines.note($0.text) }
        #expect(status.isSuccess, "\(lines.lines)")
        let expected =
            broken.map { "\($0)\t\(Self.expected($0).rawValue)" } + good.map { "\($0)\t\(Verdict.valid.rawValue)" }
        #expect(lines.lines == expected)
    }
}
