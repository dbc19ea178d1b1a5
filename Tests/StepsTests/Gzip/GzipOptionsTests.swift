import GzipStep
import PipelineKit
import TestSupport
import Testing

@Suite struct GzipOptionsTests {
    @Test func defaultsAreEnough() throws {
        let options = try Gzip.Options.test(["source": "public"])
        #expect(options.level == 9 && options.minSize.bytes == 1_024 && options.minSaving == 5)
        #expect(options.workers == nil)
    }

    @Test func oneOfListAndFolderIsNeeded() {
        #expect(Gzip.Options.problems([:]).count == 1)
        #expect(Gzip.Options.problems([:]).first?.help?.contains("`hash`") == true)
    }

    @Test(arguments: [("level", 0), ("level", 10), ("min-saving", 101), ("workers", 0), ("workers", 65)])
    func numbersHaveTheirRange(name: String, value: Int) {
        let problems = Gzip.Options.problems(["source": "public", name: .integer(value)])
        #expect(problems.map(\.message).contains { $0.hasPrefix("`\(name)` must be from") })
    }
}
