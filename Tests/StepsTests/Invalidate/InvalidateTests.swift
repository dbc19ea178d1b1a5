import InvalidateStep
import PipelineKit
import Testing
import TestSupport

@Suite struct InvalidateTests {
    private static let mark = SourceMark(line: 1, column: 1)

    private func problems(_ fields: [Node.Field]) -> [Problem] {
        let problems = ProblemList()
        _ = Invalidate.Options.read(Node(.mapping(fields), at: Self.mark), problems)
        return problems.errors
    }

    private func field(_ key: String, _ content: Node.Content) -> Node.Field {
        Node.Field(key: key, keyMark: Self.mark, value: Node(content, at: Self.mark))
    }

    @Test func thereIsNothingToDropForAFolder() async throws {
        guard case .already(let output) = try await Invalidate(.init()).prepare(in: .test()) else {
            Issue.record("it claims to change something")
            return
        }
        #expect(output.values == ["invalidation": .null, "paths": ["/*"]])
    }

    @Test func pathsStartWithASlash() {
        func paths(_ texts: String...) -> Node.Field {
            field("paths", .sequence(texts.map { Node(.scalar($0, plain: false), at: Self.mark) }))
        }
        #expect(problems([paths("/*", "/a")]).isEmpty)
        #expect(problems([paths("/*", "a")]).map(\.message) == ["`paths` has `a`, which does not start with `/`"])
        #expect(problems([paths()]).count == 1)
    }

    @Test func aStarStandsAtTheEnd() {
        let paths = field("paths", .sequence([Node(.scalar("/a*b", plain: false), at: Self.mark)]))
        #expect(
            problems([paths]).map(\.message) == ["`paths` has `/a*b`, with a `*` that is not at the end"])
    }

    @Test func aDistributionHasAnID() {
        #expect(problems([field("distribution", .scalar("E123", plain: true))]).isEmpty)
        #expect(problems([field("distribution", .scalar("example.com", plain: true))]).count == 1)
    }
}
