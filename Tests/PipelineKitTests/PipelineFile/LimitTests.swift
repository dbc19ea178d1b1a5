import PipelineKit
import TestSupport
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

    /// Files of many parts that need one look each, by what they are full of.
    private static let repetitive: [String: @Sendable (_ count: Int) -> String] = [
        "wrong references in one text": { count in
            let references = (0..<count).map { "${{ steps.no\($0).outputs.x }}" }.joined(separator: " ")
            return "version: 1\nname: a\nsteps: [{ uses: log, with: { message: \"\(references)\" } }]\n"
        },
        "wrong references": { count in
            "version: 1\nname: a\nsteps:\n"
                + (0..<count).map { "  - { id: s\($0), uses: log, if: steps.no\($0).outputs.x }\n" }.joined()
        },
        "variables of variables": { count in
            "vars:\n  v0: a\n" + (1..<count).map { "  v\($0): \"${{ vars.v\($0 - 1) }}\"\n" }.joined() + head
        },
        "equal ids": { count in
            "version: 1\nname: a\nsteps:\n" + String(repeating: "  - { id: a, uses: log }\n", count: count)
        },
        "wrong inputs": { count in
            "inputs:\n" + (0..<count).map { "  i\($0): { type: strin, defalt: a }\n" }.joined() + head
        },
        "unknown kinds": { count in
            "version: 1\nname: a\nsteps:\n" + (0..<count).map { "  - { uses: lgo\($0) }\n" }.joined()
        },
    ]

    /// Four times the file takes far less than sixteen times the work, measured as this thread's processor time, which no
    /// other test can take away.
    @Test(arguments: repetitive.keys.sorted())
    func workGrowsWithTheFileAndNotWithItsSquare(_ name: String) throws {
        let text = try #require(Self.repetitive[name])
        func time(_ count: Int) -> Duration {
            ProcessorTime.of {
                #expect(!FileRead(text(count)).problems.contains { $0.message.contains("more than 10000 values") })
            }
        }
        _ = time(100)
        let (once, fourTimes) = (time(600), time(2_400))
        #expect(fourTimes < once * 9, "\(once), \(fourTimes)")
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
        #expect(problems.count == 3_000 && problems.allSatisfy { $0.message.contains("is given twice") })
    }

    private static func vars(_ lines: String) -> String {
        "version: 1\nname: a\nvars:\n  v0: xxxxxxxx\n\(lines)steps: [{ uses: log }]\n"
    }

    /// Each of these took minutes or gigabytes for a file of less than 1 MiB.
    @Test(arguments: [
        (
            (0..<17).map { "%TAG !\($0)! x\n" }.joined() + "---\n" + head, "there are more than 16 `%TAG` lines"
        ),
        (
            head + "x-a: a" + String(repeating: " ", count: 4_097) + "b", "there are more than 4096 blanks in a row"
        ),
        (
            head + "x-a: a" + String(repeating: "\n \n", count: 4_097) + "  b",
            "there are more than 4096 empty lines in a row"
        ),
        (
            head + "x-a: &a \"" + String(repeating: "x", count: 500_000) + "\"\nx-b: [*a, *a, *a, *a, *a, *a, *a, *a]",
            "the file has more than 4.0 MiB of text, aliases followed"
        ),
        (
            head + "x-a: &" + String(repeating: "a", count: 100) + "b 1\nx-b: *" + String(repeating: "a", count: 101),
            "there is no anchor `&" + String(repeating: "a", count: 101) + "` before this alias"
        ),
    ])
    func whatIsSlowOrLargeIsRefused(_ text: String, _ message: String) {
        #expect(FileRead(text).problems.map(\.message) == [message])
    }

    @Test(arguments: ["${{ vars.v@ }}${{ vars.v@ }}", "${{ format('{0}{0}', vars.v@) }}"])
    func doublingEnds(_ expression: String) {
        let lines = (1...35).map { index in
            let value = expression.split(separator: "@", omittingEmptySubsequences: false).joined(
                separator: "\(index - 1)")
            return "  v\(index): \"\(value)\"\n"
        }
        let problems = FileRead(Self.vars(lines.joined())).problems
        // 8 bytes doubled 17 times are the most; what is built on a fault is not reported again.
        #expect(problems.map(\.message) == ["this makes a text of more than 1.0 MiB"])
        #expect(problems.first?.mark?.line == 22)
    }

    @Test(arguments: ["${{ vars.v1 }}y", "${{ format('{0}y', vars.v1) }}"])
    func allExpressionsTogetherHaveALimit(_ expression: String) {
        let lines = (1...18).map { "  w\($0): \"\(expression)\"\n" }.joined()
        let large = "  v1: \(String(repeating: "x", count: 1_000_000))\n"
        let problems = FileRead(Self.vars(large + lines)).problems
        #expect(
            Set(problems.map(\.message)) == [
                "the expressions of this file make more than 16.0 MiB of text"
            ])
    }

    @Test func referencesMakeNoTexts() {
        let lines = (1...100).map { "  w\($0): \"${{ vars.v1 }}\"\n" }.joined()
        let large = "  v1: \(String(repeating: "x", count: 1_000_000))\n"
        #expect(FileRead(Self.vars(large + lines)).problems.map(\.message) == [])
    }

    @Test func suggestionsDoNotListEverything() {
        let names = (100..<200).map { "n\($0)" }
        #expect(Suggestion.help(for: "something", among: names).hasSuffix("n138, n139 and 60 more"))
        #expect(Suggestion.help(for: "something", among: Array(names.prefix(41))).hasSuffix("n139, n140"))
        #expect(Suggestion.nearest(to: "n19", among: names) == "n109")
    }
}
