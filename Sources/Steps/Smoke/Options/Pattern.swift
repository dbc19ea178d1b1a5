internal import PipelineKit
internal import RegularExpressions

/// A regular expression as an option. Its syntax is checked when the option is read.
struct Pattern: Hashable, OptionValue {
    let expression: RegularExpression

    var text: String { expression.pattern }

    static var shape: OptionShape {
        OptionShape(
            "a regular expression", schema: ["type": ["string", "number", "boolean"]],
            accepts: [.text, .integer, .number, .bool])
    }

    static func read(_ node: Node, _ problems: ProblemList) -> Pattern? {
        guard case .scalar(let text, plain: _) = node.content, !text.isEmpty else {
            problems.add("expected \(shape.name), found \(node.describedKind)", at: node.mark)
            return nil
        }
        return read(text, node, problems)
    }

    static func read(_ text: String, _ node: Node, _ problems: ProblemList) -> Pattern? {
        do {
            return Pattern(expression: try RegularExpression(text))
        } catch {
            problems.add("the regular expression \(Excerpt(text)) \(error.reason)", at: node.mark, help: error.help)
            return nil
        }
    }

    var described: Value { .text(text) }
}
