internal import PipelineKit

/// A regular expression as Swift reads it, which is mostly as Perl does. It is checked where it is read.
struct Pattern: Hashable, OptionValue {
    let text: String

    /// - Throws: what is wrong with the expression.
    init(_ text: String) throws {
        _ = try Regex(text)
        self.text = text
    }

    /// Looks by Unicode scalar: as a grapheme, a line's end `\r\n` would be neither `\r` nor `\n`.
    func isFound(in text: String) -> Bool {
        // A `Regex` cannot be kept: it is not `Sendable`. That it compiles was seen when the pattern was made.
        guard let regex = try? Regex(self.text).matchingSemantics(.unicodeScalar) else { return false }
        return (try? regex.firstMatch(in: text)) != nil
    }

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
            return try Pattern(text)
        } catch {
            problems.add(
                "`\(text)` is no regular expression: \(error)", at: node.mark,
                help: "escape a character that is meant as itself by a `\\`, and put the whole between single quotes")
            return nil
        }
    }

    var described: Value { .text(text) }
}
