import FoundationEssentials
import PipelineKit
import StandardSteps
import SystemPackage
import TestSupport
import Testing

/// The files of `Tests/BrokenPipelines`, each with the report that a user gets of it. `EditorSchemaTests` has what an editor
/// sees of them.
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
}
