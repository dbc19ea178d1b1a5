import Testing

@testable import PipelineKit

@Suite struct StepOptionsTests {
    private enum Mode: String, OptionChoice { case fast, safe }

    private struct Group: StepOptions {
        @Option("a name") var name: String
        @Option("a size") var minSize = ByteCount(1_024)
    }

    private struct Options: StepOptions {
        @Option("required") var store: String
        @Option("a count", check: .within(1...9)) var count = 3
        @Option("a share") var share = 0.5
        @Option("a switch") var isOn = false
        @Option("a choice") var mode = Mode.fast
        @Option("a delay") var delay: Duration?
        @Option("groups") var groups: [Group] = []
        @Option("names", check: .notEmpty) var names = ["a"]
        @Option("by name") var table: [String: Int] = [:]
        @Option("wired", wired: true, unless: "store") var assets: String?
        @Option("spelled out", literal: true) var command: String?

        func validate(_ problems: ProblemList, at mark: SourceMark) {
            if $count.known == 4 { problems.add("four is not allowed", at: $count.place) }
        }
    }

    private static let mark = SourceMark(line: 1, column: 1)

    private func text(_ text: String, line: Int = 1) -> Node {
        Node(.scalar(text, plain: true), at: SourceMark(line: line, column: 1))
    }

    private func mapping(_ fields: [(String, Node)]) -> Node {
        Node(.mapping(fields.map { Node.Field(key: $0.0, keyMark: $0.1.mark, value: $0.1) }), at: Self.mark)
    }

    private func list(_ nodes: [Node]) -> Node { Node(.sequence(nodes), at: Self.mark) }

    private func deferred(_ type: ValueType?) -> Node {
        Node(.deferred(expression: "${{ x }}", type: type), at: Self.mark)
    }

    @Test func defaultsAndEveryType() throws {
        let problems = ProblemList()
        let node = mapping([
            ("store", text("s")), ("share", text("2")), ("is-on", text("true")), ("mode", text("safe")),
            ("delay", text("1m30s")), ("groups", list([mapping([("name", text("g")), ("min-size", text("2KiB"))])])),
            ("table", mapping([("k", text("7"))])),
        ])
        let options = try #require(Options.read(node, problems))
        #expect(problems.problems.isEmpty)
        #expect(options.store == "s" && options.share == 2 && options.isOn && options.mode == .safe)
        #expect(options.delay == .seconds(90))
        #expect(options.groups.map(\.name) == ["g"] && options.groups.map(\.minSize.bytes) == [2_048])
        #expect(options.table == ["k": 7])
        #expect(options.count == 3 && !options.$count.isGiven && options.$store.isGiven)
        #expect(options.$store.place == Self.mark)
        #expect(
            options.described
                == [
                    "store": "s", "share": .number(2), "is-on": true, "mode": "safe", "delay": "1m30s",
                    "groups": [["name": "g", "min-size": "2KiB"]], "table": ["k": 7],
                ])
    }

    @Test func everyProblemAtOnce() {
        let problems = ProblemList()
        let node = mapping([
            ("stroe", text("s", line: 2)), ("count", text("010", line: 3)), ("share", text("0x1", line: 4)),
            ("is-on", text("yes", line: 5)), ("mode", text("fats", line: 6)), ("delay", text("90", line: 7)),
            ("groups", list([mapping([]), text("x", line: 9)])), ("names", list([])),
            ("table", mapping([("k", text("v", line: 10))])),
        ])
        #expect(Options.read(node, problems) == nil)
        #expect(
            problems.sorted.map(\.message) == [
                "`name` is missing: a name", "`names` must not be empty",
                "unknown option `stroe`", "expected a whole number, found `010`", "expected a number, found `0x1`",
                "expected `true` or `false`, found `yes`", "expected one of `fast`, `safe`, found `fats`",
                "expected a duration such as `90s`, `5m` or `1h30m`, found the bare number `90`",
                "expected a mapping of options, found `x`", "expected a whole number, found `v`",
            ])
        #expect(problems.problems.first?.help == "did you mean `store`?")
    }

    @Test(arguments: [("0", "`count` must be from 1 to 9, not 0"), ("4", "four is not allowed")])
    func checks(_ count: String, _ message: String) {
        let problems = ProblemList()
        #expect(Options.read(mapping([("store", text("s")), ("count", text(count))]), problems) == nil)
        #expect(problems.problems.map(\.message) == [message])
    }

    @Test func whatIsDeferredIsCheckedByTypeOnly() throws {
        let problems = ProblemList()
        let good = mapping([("store", deferred(nil)), ("count", deferred(.integer)), ("groups", list([deferred(nil)]))])
        let options = try #require(Options.read(good, problems))
        #expect(options.$count.known == nil && options.$count.isGiven)
        #expect(options.$groups.known == nil)
        #expect(Options.read(mapping([("store", text("s")), ("count", deferred(.text))]), problems) == nil)
        #expect(problems.problems.map(\.message) == ["expected a whole number, but `${{ x }}` is text"])
    }

    @Test func nullIsAsGoodAsLeftOut() throws {
        let null = Node(Node.Content.null, at: Self.mark)
        let problems = ProblemList()
        let options = Options.read(mapping([("store", text("s")), ("count", null), ("delay", null)]), problems)
        #expect(options?.count == 3)
        #expect(Options.read(mapping([("store", null)]), problems) == nil)
        #expect(problems.problems.map(\.message) == ["`store` is missing: required"])
    }

    @Test func fieldsSayWhatTheDeclarationSays() throws {
        let fields = Dictionary(uniqueKeysWithValues: Options.fields.map { ($0.name, $0) })
        #expect(Options.fields.map(\.name).prefix(4) == ["store", "count", "share", "is-on"])
        #expect(fields["store"]?.isRequired == true && fields["count"]?.isRequired == false)
        #expect(fields["count"]?.defaultValue == 3)
        #expect(fields["delay"]?.defaultValue == nil && fields["delay"]?.isRequired == false)
        #expect(fields["assets"]?.isWired == true && fields["assets"]?.wiredUnless == "store")
        #expect(fields["command"]?.isLiteral == true && fields["store"]?.isLiteral == false)
    }
}
