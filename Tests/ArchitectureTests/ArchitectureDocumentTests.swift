import FoundationEssentials
import Testing

/// The architecture page names only files and folders that exist, and leaves out no module.
@Suite struct ArchitectureDocumentTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    /// The folders whose contents the page's tables list by name alone.
    private static let homes = [
        "", "/Sources", "/Sources/Releases", "/Sources/AWS", "/Sources/PipelineKit", "/Sources/RunnerCLI",
    ]

    @Test func everyPathIsThere() throws {
        let data = try #require(FileManager.default.contents(atPath: Self.root + "/docs/architecture.md"))
        let words = String(decoding: data, as: UTF8.self).split(separator: "`", omittingEmptySubsequences: false)
            .enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(\.element)
        let paths = words.filter { $0.contains("/") && !$0.contains("<") && !$0.contains(" ") }
        #expect(paths.count > 50)
        for path in paths {
            #expect(
                Self.homes.contains { FileManager.default.fileExists(atPath: "\(Self.root)\($0)/\(path)") },
                "docs/architecture.md names \(path), which is not there")
        }
    }

    /// Each module has its line in the table, and each folder of the modules that have a table of their own.
    @Test func everyModuleIsNamed() throws {
        let data = try #require(FileManager.default.contents(atPath: Self.root + "/docs/architecture.md"))
        let text = String(decoding: data, as: UTF8.self)
        for module in try FileManager.default.contentsOfDirectory(atPath: Self.root + "/Sources") {
            // One sentence covers the C wrappers.
            guard
                try !FileManager.default.subpathsOfDirectory(atPath: "\(Self.root)/Sources/\(module)")
                    .filter({ $0.hasSuffix(".swift") }).isEmpty
            else { continue }
            let name = module == "Steps" ? "Steps/<Kind>" : module
            #expect(text.contains("| `\(name)` |"), "the table lacks \(name)")
        }
        for module in ["Releases", "AWS", "PipelineKit", "RunnerCLI"] {
            let folder = "\(Self.root)/Sources/\(module)"
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) where !name.hasSuffix(".swift") {
                #expect(text.contains("`\(name)/`"), "the table of \(module) lacks \(name)/")
            }
        }
    }
}
