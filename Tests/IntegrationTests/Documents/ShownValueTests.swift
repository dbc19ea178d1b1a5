@testable import PipelineKit
import Testing

/// What help, documents and the schema show as a default or an example can be typed into a file as it is shown.
@Suite struct ShownValueTests {
    /// Every option that a file can give, also inside others.
    private static let options: [(owner: String, field: OptionField)] =
        DocumentTests.registry.names.compactMap { DocumentTests.registry[$0] }.flatMap { kind in
            kind.options.flatMap(\.withInner).map { (kind.name, $0) }
        } + RetryOptions.fields.flatMap(\.withInner).map { ("retry", $0) }

    private func problems(with value: Node, for field: OptionField) -> [String] {
        let mark = SourceMark(line: 1, column: 2)
        let problems = ProblemList()
        _ = [field].read(
            Node(.mapping([Node.Field(key: field.name, keyMark: mark, value: value)]), at: mark), problems)
        return problems.errors.map(\.message)
    }

    @Test func defaultsAreAccepted() throws {
        var count = 0
        for (owner, field) in Self.options {
            guard let value = field.defaultValue else { continue }
            count += 1
            let mark = SourceMark(line: 1, column: 1)
            // As somebody types what is shown, and as an editor fills it in.
            if case .text(let text) = value {
                let typed = Node(.scalar(text, plain: true), at: mark)
                #expect(text.isEmpty || problems(with: typed, for: field) == [], "\(owner): `\(field.name)`")
            }
            #expect(problems(with: Node(value, at: mark), for: field) == [], "\(owner): `\(field.name)`")
            try expectFits(value, field.shape.schema, "\(owner): `\(field.name)`")
        }
        #expect(count > 30)
    }

    /// The default must also fit the schema's own pattern.
    private func expectFits(_ value: Value, _ schema: Value, _ name: String) throws {
        guard case .object(let keywords) = schema, case .text(let pattern)? = keywords["pattern"],
            case .text(let text) = value
        else { return }
        #expect(text.contains(try Regex(pattern)), "the schema refuses the default of \(name)")
    }

    /// The words between back quotes in what a type is called: "a size such as `512`, `64KiB` or `16MiB`".
    @Test func examplesAreAccepted() throws {
        var count = 0
        for (owner, field) in Self.options {
            let name = field.shape.name
            guard !field.shape.isList,
                let list = [" such as ", "one of "].lazy.compactMap({ name.firstRange(of: $0) }).first
            else { continue }
            let words = name[list.upperBound...].split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
            for word in words {
                count += 1
                let node = Node(.scalar(word, plain: true), at: SourceMark(line: 1, column: 1))
                // An option may take less than its type; its own message tells what.
                let wrong = problems(with: node, for: field).filter { !$0.hasPrefix("`\(field.name)` must be") }
                #expect(wrong == [], "\(owner): `\(field.name)`: \(word)")
            }
        }
        #expect(count > 30)
    }

    @Test(arguments: [(0, "0"), (812, "812"), (1_024, "1KiB"), (16 << 20, "16MiB"), (1_536, "1536"), (2 << 40, "2TiB")])
    func aSizeIsShownAsItIsTyped(_ bytes: Int, _ text: String) {
        #expect(ByteCount(bytes).exactText == text)
        #expect(ByteCount(text: text)?.bytes == bytes)
    }
}
