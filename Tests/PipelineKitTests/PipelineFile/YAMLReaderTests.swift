import Testing

@testable import PipelineKit

@Suite struct YAMLReaderTests {
    /// A node in short: texts as they are, in quotes if not plain.
    private func read(_ text: String) -> (root: String?, problems: [String]) {
        let problems = ProblemList()
        guard let source = SourceText.read(Array(text.utf8), problems) else {
            return (nil, problems.problems.map(\.message))
        }
        let root = YAMLReader(source: source, problems: problems).read()
        return (root.map(show), problems.problems.map(\.message))
    }

    private func show(_ node: Node) -> String {
        switch node.content {
        case .scalar(let text, let plain): plain ? text : "\"\(text)\""
        case .sequence(let nodes): "[" + nodes.map(show).joined(separator: " ") + "]"
        case .mapping(let fields): "{" + fields.map { "\($0.key)=\(show($0.value))" }.joined(separator: " ") + "}"
        case .deferred, .null: "?"
        }
    }

    @Test(arguments: [
        ("a: b\n'c': \"d\"\ne: |\n  f\n", "{a=b c=\"d\" e=\"f\n\"}"),
        ("- 1\n-\n- ~\n- [a, {b: c}]\n", "[1  ~ [a {b=c}]]"),
        // An alias means the node that got its anchor last, even one inside a node with the same anchor.
        ("- &a 1\n- *a\n- &a 2\n- *a\n", "[1 1 2 2]"),
        ("- &a [&a 1, *a]\n- *a\n", "[[1 1] 1]"),
        ("- &a 1\n- &a [2]\n- *a\n", "[1 [2] [2]]"), ("- &a [&b [x]]\n- *b\n", "[[[x]] [x]]"),
        ("&k a: 1\nb: *k\n", "{a=1 b=a}"),
        ("a: &m {x: 1, y: 2}\nb: {<<: *m, y: 3}\n'<<': 4\n", "{a={x=1 y=2} b={y=3 x=1} <<=4}"),
        ("a: \u{E000}html \u{F8FF}\n", "{a=\u{E000}html \u{F8FF}}"),
        ("--- a\n...\n", "a"), ("a: \"日本\\u0041\"\r\n", "{a=\"日本A\"}"),
    ])
    func isReadLikeThis(_ text: String, _ nodes: String) {
        let read = read(text)
        #expect(read.root == nodes)
        #expect(read.problems == [])
    }

    @Test(arguments: ["", "# nothing\n", "\n\n"])
    func nothingIsNoProblem(_ text: String) {
        #expect(read(text) == (nil, []))
    }

    @Test func whatIsWrongBeforeASyntaxErrorIsToldToo() {
        let read = read("a: 1\na: 2\nb: *x\nc: [\n")
        #expect(read.root == nil)
        #expect(
            read.problems == [
                "`a` is given twice in one mapping: here and in line 1, column 1",
                "there is no anchor `&x` before this alias",
                "this is not YAML: did not find expected node content",
            ])
    }

    @Test func aSecondDocumentIsRefused() {
        #expect(read("a: 1\n---\nb: 2\n").problems == ["a second YAML document starts here"])
    }
}
