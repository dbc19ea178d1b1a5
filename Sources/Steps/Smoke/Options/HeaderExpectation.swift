internal import PipelineKit

/// What a response header must be.
enum HeaderExpectation: Hashable, OptionValue {
    case text(String)
    /// A regular expression, written between slashes.
    case pattern(Pattern)
    /// The header must not be there.
    case absent

    static var shape: OptionShape {
        OptionShape(
            "a header's text, a regular expression between slashes, or `absent`",
            schema: ["type": ["string", "number", "boolean"]], accepts: [.text, .integer, .number, .bool])
    }

    static func read(_ node: Node, _ problems: ProblemList) -> HeaderExpectation? {
        guard case .scalar(let text, let plain) = node.content, !(text.isEmpty && plain) else {
            problems.add(
                "expected \(shape.name), found \(node.describedKind)", at: node.mark,
                help: "write `absent` for a header that must not be there")
            return nil
        }
        if plain, text == "absent" { return .absent }
        if text.count > 2, text.hasPrefix("/"), text.hasSuffix("/") {
            return Pattern.read(String(text.dropFirst().dropLast()), node, problems).map { .pattern($0) }
        }
        return .text(text)
    }

    var described: Value {
        switch self {
        case .text(let text): .text(text)
        case .pattern(let pattern): .text("/\(pattern.text)/")
        case .absent: "absent"
        }
    }
}
