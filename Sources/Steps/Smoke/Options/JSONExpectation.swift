internal import PipelineKit

/// What one value in a body of JSON has to be: a text, number, `true`, `false` or `null`, compared by what it says.
struct JSONExpectation: Hashable, OptionValue {
    let text: String

    static var shape: OptionShape {
        OptionShape(
            "a text, a number, `true`, `false` or `null`",
            schema: ["type": ["string", "number", "boolean", "null"]], accepts: [.text, .integer, .number, .bool])
    }

    static func read(_ node: Node, _ problems: ProblemList) -> JSONExpectation? {
        guard case .scalar(let text, let plain) = node.content, !(text.isEmpty && plain) else {
            problems.add("expected \(shape.name), found \(node.describedKind)", at: node.mark)
            return nil
        }
        return JSONExpectation(text: text)
    }

    var described: Value { .text(text) }

    func holds(for value: Value) -> Bool {
        switch value {
        case .text(let found): found == text
        case .bool, .integer: value.asText == text || isSameNumber(value)
        case .number: isSameNumber(value)
        case .null: text == "null"
        case .list, .object: false
        }
    }

    /// `1`, `1.0` and `1e0` are one number.
    private func isSameNumber(_ value: Value) -> Bool {
        switch value {
        case .integer(let found): Double(text) == Double(found)
        case .number(let found): Double(text) == found
        default: false
        }
    }
}

extension Value {
    /// The value at a path of names and, in lists, numbers from 0: `items.0.name`. Nil where there is none.
    func at(path: String) -> Value? {
        var value = self
        for part in path.split(separator: ".", omittingEmptySubsequences: false) {
            switch value {
            case .object(let fields):
                guard let field = fields[String(part)] else { return nil }
                value = field
            case .list(let values):
                guard let index = Int(part), values.indices.contains(index) else { return nil }
                value = values[index]
            default: return nil
            }
        }
        return value
    }
}
