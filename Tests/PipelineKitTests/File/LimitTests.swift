import PipelineKit
import Testing

/// Files made to hurt: each must be refused, or read, without harm.
@Suite struct LimitTests {
    private static let head = "version: 1\nname: a\nsteps: [{ uses: log }]\n"

    private static func aliases(levels: Int, width: Int) -> String {
        (0...levels).map { level in
            let items = Array(repeating: level == 0 ? "x" : "*a\(level - 1)", count: width).joined(separator: ", ")
            return "x-\(level): &a\(level) [\(items)]\n"
        }.joined()
    }

    @Test(arguments: [
        "[", "{a: ", "- ", "? ", "a: {", "[\"]\",", "&a [", "!!a [", "a:\n ", "*a ", "'", "\"\\", "|", "%", "\t", "# ",
    ])
    func repeatedManyTimes(_ text: String) {
        for count in [40, 1_100, 100_000] {
            let read = FileRead(String(repeating: text, count: count))
            #expect(read.pipeline == nil)
            #expect(!read.problems.isEmpty)
        }
    }

    @Test func aBombOfAliasesIsCountedAndNotBuilt() {
        let values = "the file has more than 10000 values, aliases followed"
        #expect(FileRead(Self.head + Self.aliases(levels: 9, width: 9)).problems.map(\.message) == [values])
        let keys = Self.head + Self.aliases(levels: 30, width: 2)
        for key in ["*a30 ", "[*a30]", "{ *a30 : 1 }"] {
            #expect(FileRead(keys + "x: { ? \(key) : 1, ? \(key) : 2 }\n").pipeline == nil)
        }
        #expect(
            FileRead(Self.head + Self.aliases(levels: 9_000, width: 1)).problems.map(\.message) == [
                "values are nested deeper than 32"
            ])
        #expect(FileRead(Self.head + Self.aliases(levels: 9_000, width: 1) + "\"").pipeline == nil)
    }

    @Test func theLimitsThemselvesAreAllowed() {
        // The rest of the file: the root, its scalars, and the list.
        let list = { (count: Int) in "x-a: [" + Array(repeating: "a", count: count).joined(separator: ",") + "]\n" }
        #expect(FileRead(Self.head + list(9_993)).problems.map(\.message) == [])
        #expect(FileRead(Self.head + list(9_994)).problems.count == 1)
        let deep = { (count: Int) in
            "x-a: " + String(repeating: "[", count: count) + String(repeating: "]", count: count)
        }
        #expect(FileRead(Self.head + deep(31)).problems.map(\.message) == [])
        #expect(FileRead(Self.head + deep(32)).problems.count == 1)
        let comment = "#" + String(repeating: "a", count: (1 << 20) - Self.head.utf8.count - 1)
        #expect(FileRead(Self.head + comment).problems.map(\.message) == [])
        #expect(FileRead(Self.head + comment + "a").problems.count == 1)
    }

    @Test func everyPairOfEqualKeysIsTold() {
        let pairs = (0..<3_000).map { "x-\($0): 1\nx-\($0): 2\n" }.joined()
        let problems = FileRead(Self.head + pairs).problems
        #expect(problems.count == 3_000 && problems.allSatisfy { $0.message.contains("stands twice") })
    }
}
