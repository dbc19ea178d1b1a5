/// A text that contains expressions, or consists of a single one.
struct Template: Sendable {
    enum Piece: Hashable, Sendable {
        case text(String)
        case expression(Expression)
    }

    var pieces: [Piece]

    /// True if the text has an expression in it.
    static func isOne(_ text: String) -> Bool {
        var last: (UInt8, UInt8) = (0, 0)
        for byte in text.utf8 {
            if last == (UInt8(ascii: "$"), UInt8(ascii: "{")), byte == UInt8(ascii: "{") { return true }
            last = (last.1, byte)
        }
        return false
    }

    init(_ text: String) throws(ExpressionFault) {
        let scalars = Array(text.unicodeScalars)
        pieces = []
        var start = 0
        var index = 0
        while index < scalars.count {
            guard Self.opens(scalars, at: index) else {
                index += 1
                continue
            }
            if index > start { pieces.append(.text(Self.string(scalars[start..<index]))) }
            let end = try Self.end(of: scalars, from: index)
            pieces.append(.expression(try ExpressionParser.parse(scalars, in: (index + 3)..<end)))
            index = end + 2
            start = index
        }
        if start < scalars.count { pieces.append(.text(Self.string(scalars[start...]))) }
    }

    /// The expression, if the text has nothing else.
    var only: Expression? {
        if pieces.count == 1, case .expression(let expression) = pieces[0] { expression } else { nil }
    }

    var expressions: [Expression] {
        pieces.compactMap { if case .expression(let expression) = $0 { expression } else { nil } }
    }

    private static func opens(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        index + 2 < scalars.count && scalars[index] == "$" && scalars[index + 1] == "{" && scalars[index + 2] == "{"
    }

    /// Finds where the `}}` starts; one inside a quoted text does not count.
    private static func end(of scalars: [Unicode.Scalar], from start: Int) throws(ExpressionFault) -> Int {
        var quoted = false
        var index = start + 3
        while index < scalars.count {
            if scalars[index] == "'" { quoted.toggle() }
            if !quoted, scalars[index] == "}", index + 1 < scalars.count, scalars[index + 1] == "}" { return index }
            index += 1
        }
        throw ExpressionFault(
            quoted ? "a text in single quotes does not end" : "`${{` is not closed", at: start,
            help: quoted ? "write a quote inside it twice: 'it''s'" : "add `}}` behind the expression")
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars))
    }
}
