/// The first argument of `format`: text with `{0}`, `{1}`…; `{{` and `}}` give single braces.
struct FormatText {
    private enum Piece {
        case text(String)
        case value(Int)
    }

    private var pieces: [Piece] = []
    private let offset: Int

    init(_ text: String, at offset: Int) throws(ExpressionFault) {
        self.offset = offset
        var rest = Substring(text)
        var plain = ""
        while let character = rest.popFirst() {
            if character == "{" || character == "}", rest.first == character {
                rest.removeFirst()
                plain.append(character)
            } else if character == "{" {
                let digits = rest.prefix { $0 != "}" }
                guard let index = Int(digits), index >= 0, digits.count < rest.count else { throw Self.bad(offset) }
                rest = rest.dropFirst(digits.count + 1)
                pieces.append(.text(plain))
                pieces.append(.value(index))
                plain = ""
            } else if character == "}" {
                throw Self.bad(offset)
            } else {
                plain.append(character)
            }
        }
        pieces.append(.text(plain))
    }

    /// The highest number in the text; nil if there is none.
    var highest: Int? {
        pieces.compactMap { if case .value(let index) = $0 { index } else { nil } }.max()
    }

    func filled(with values: ArraySlice<Value>) throws(ExpressionFault) -> String {
        let values = Array(values)
        if let highest, highest >= values.count {
            throw ExpressionFault(
                "`format` has {\(highest)} in its text, but only \(values.count) value\(values.count == 1 ? "" : "s") after it",
                at: offset,
                help: "the first value is {0}")
        }
        var text = ""
        for piece in pieces {
            switch piece {
            case .text(let plain): text += plain
            case .value(let index): text += values[index].asText
            }
            try Template.checkLength(of: text, at: offset)
        }
        return text
    }

    private static func bad(_ offset: Int) -> ExpressionFault {
        ExpressionFault(
            "a brace in the text of `format` has no number", at: offset,
            help: "write a single brace twice: `{{` or `}}`")
    }
}
