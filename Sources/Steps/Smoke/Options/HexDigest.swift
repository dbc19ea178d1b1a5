internal import PipelineKit
internal import TextCoding

/// A SHA-256 as 64 hexadecimal digits, in lower case.
struct HexDigest: Hashable, OptionValue {
    let text: String

    static var shape: OptionShape {
        OptionShape(
            "a SHA-256 of 64 hexadecimal digits",
            schema: ["type": ["string", "number"], "pattern": "^[0-9A-Fa-f]{64}$"],
            accepts: [.text])
    }

    static func read(_ node: Node, _ problems: ProblemList) -> HexDigest? {
        guard case .scalar(let text, plain: _) = node.content, text.utf8.count == 64,
            text.utf8.allSatisfy(\.isHexDigit)
        else {
            problems.add(
                "expected \(shape.name), found \(node.shown)", at: node.mark, help: "sha256sum FILE prints it")
            return nil
        }
        return HexDigest(text: text.lowercased())
    }

    var described: Value { .text(text) }
}
