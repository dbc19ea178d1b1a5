import PipelineKit
import SystemPackage
import Testing

/// An option that is retired still works, and a file that gives it is told what to write instead.
@Suite struct RetiredOptionTests {
    private struct Keep: RunOnlyStep {
        struct Options: StepOptions {
            @Option("how many stay") var keep = 10
            @Option("how many stay", retired: "write `keep`") var count: Int?
            @Option("the asset list", wired: true, retired: "leave it out") var assets: String?
        }
        static let kind = StepKind("keep", "keeps some")
        init(_ options: Options) throws {}
        static var effect: Effect { .local }
        func run(in context: StepContext) async throws -> NoOutputs { NoOutputs() }
    }

    private struct Assets: RunOnlyStep {
        struct Options: StepOptions {}
        struct Output: StepOutputs {
            @Provided("the asset list") var assets = ""
        }
        static let kind = StepKind("assets", "lists files")
        init(_ options: Options) throws {}
        static var effect: Effect { .local }
        func run(in context: StepContext) async throws -> Output { Output() }
    }

    private func read(_ rest: String) -> (pipeline: Pipeline?, problems: [Problem]) {
        let text = "version: 1\nname: tidy\n" + rest
        return PipelineReader(registry: StepRegistry([KindDescriptor(Keep.self), KindDescriptor(Assets.self)])).read(
            bytes: Array(text.utf8), path: "tidy.yml")
    }

    private static let warning = "`count` is deprecated: the next minor version of runner removes it"

    @Test func isWarnedOfAtItsPlace() throws {
        let (pipeline, problems) = read("steps:\n  - uses: keep\n    with: { count: 3 }\n")
        let problem = try #require(problems.first)
        #expect(problems.count == 1 && problem.severity == .warning)
        #expect(problem.message == Self.warning && problem.help == "write `keep`")
        #expect(problem.mark == SourceMark(line: 5, column: 13))
        #expect(pipeline?.steps.count == 1)
    }

    @Test func alsoIfItIsShared() {
        let (pipeline, problems) = read("with: { count: 3 }\nsteps:\n  - uses: keep\n")
        #expect(problems.map(\.message) == [Self.warning])
        #expect(problems.first?.mark == SourceMark(line: 3, column: 9))
        #expect(pipeline != nil)
    }

    /// A value that is wired in is not written in the file, so there is nothing to leave out.
    @Test func aWireIsNotWarnedOf() {
        #expect(read("steps:\n  - uses: assets\n  - uses: keep\n").problems.isEmpty)
        #expect(read("steps:\n  - uses: assets\n  - { uses: keep, with: { assets: a } }\n").problems.count == 1)
    }

    @Test func isCheckedLikeAnyOther() {
        let (pipeline, problems) = read("steps:\n  - { uses: keep, with: { count: many } }\n")
        #expect(problems.map(\.severity).contains(.error) && pipeline == nil)
    }
}
