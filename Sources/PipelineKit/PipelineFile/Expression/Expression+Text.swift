extension Expression {
    /// The expression as a file could have it, without `${{ }}`.
    var text: String {
        switch self {
        case .literal(.text(let text)): "'" + text.replacing("'", with: "''") + "'"
        case .literal(let value): value == .null ? "null" : value.asText
        case .reference(let reference): reference.text
        case .call(let call):
            call.function.rawValue + "(" + call.arguments.map(\.text).joined(separator: ", ") + ")"
        case .not(let operand): "!" + operand.textAsOperand
        case .all(let operands): operands.map(\.textAsOperand).joined(separator: " && ")
        case .any(let operands): operands.map(\.textAsOperand).joined(separator: " || ")
        case .comparison(let comparison):
            comparison.left.textAsOperand + " " + comparison.operator.rawValue + " " + comparison.right.textAsOperand
        }
    }

    private var textAsOperand: String {
        switch self {
        case .all, .any, .comparison: "(" + text + ")"
        case .literal, .reference, .call, .not: text
        }
    }
}
