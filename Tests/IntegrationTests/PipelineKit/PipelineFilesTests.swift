import FoundationEssentials
import PipelineKit
import StandardSteps
import SystemPackage
import Testing

/// The files under `pipelines/` work as they stand.
@Suite struct PipelineFilesTests {
    static let folder = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        .removingLastComponent().appending("pipelines")

    static let names = ((try? DurableFile.entries(of: folder)) ?? []).filter { $0.hasSuffix(".yml") }.sorted()

    @Test func theyAreFound() {
        #expect(
            Set(Self.names).isSuperset(of: ["local.yml", "local-rollback.yml", "smoke-only.yml", "custom-steps.yml"]))
    }

    @Test(arguments: names) func isReadWithoutProblems(name: String) throws {
        let (_, problems) = try read(name)
        #expect(problems.filter { $0.code != "missing-input" } == [])
    }

    @Test func goingBackUploadsNothing() throws {
        let (pipeline, problems) = try read("local-rollback.yml")
        #expect(problems == [])
        #expect(
            pipeline?.steps.map { $0.kind.kind.name } == ["release", "switch-origin", "invalidate", "smoke"])
    }

    private func read(_ name: String) throws -> (Pipeline?, [Problem]) {
        let path = Self.folder.appending(name)
        return PipelineReader(registry: StepRegistry(StandardSteps.all)).read(
            bytes: try DurableFile.read(path), path: path)
    }
}
