internal import PipelineKit

/// What one value in a JSON body must be: a text, number, `true`, `false` or `null`, compared by its meaning.
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

    /// Numbers are compared as such: `1`, `1.0` and `1e0` are one.
    ///
    /// - Parameter value: nil for a list or an object.
    func holds(for value: Value?) -> Bool {
        switch value {
        case .text(let found): found == text
        case .bool(let found): text == (found ? "true" : "false")
        case .integer(let found): text == String(found) || Double(text) == Double(found)
        case .number(let found): Double(text) == found
        case .some(.null): text == "null"
        case .list, .object, nil: false
        }
    }
}
