import Releases
import Testing

@Suite struct CompletenessTests {
    private func compare(_ expected: [String: Int], _ found: [String: Int], limit: Int = 10) throws -> Completeness {
        func stream(_ files: [String: Int]) -> () -> StoredFile? {
            var rest = files.sorted { $0.key < $1.key }[...]
            return { rest.popFirst().map { StoredFile(key: $0.key, size: $0.value) } }
        }
        return try Completeness(expected: stream(expected), found: stream(found), limit: limit)
    }

    @Test func walksBothSidesToTheirEnds() throws {
        #expect(try compare([:], [:]).isComplete)
        #expect(try compare(["a": 1, "b": 2], ["a": 1, "b": 2]).isComplete)
        #expect(try compare(["a": 1], [:]).first == [.missing("a")])
        #expect(try compare([:], ["a": 1]).first == [.extra("a")])
        #expect(
            try compare(["a": 1, "c": 1], ["b": 1, "c": 2]).first == [
                .missing("a"), .extra("b"), .size("c", expected: 1, found: 2),
            ])
        #expect(try compare(["b": 1], ["a": 1, "b": 1, "c": 1]).first == [.extra("a"), .extra("c")])
    }

    @Test func namesTheFirstAndCountsTheRest() throws {
        let many = Dictionary(uniqueKeysWithValues: (10...40).map { ("f\($0)", 1) })
        let completeness = try compare(many, [:], limit: 2)
        #expect(completeness.count == 31)
        #expect(completeness.text == "`f10` is missing, `f11` is missing, and 29 more")
    }
}
