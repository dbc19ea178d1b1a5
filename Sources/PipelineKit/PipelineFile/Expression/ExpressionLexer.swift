internal import TextCoding

/// Splits an expression into tokens.
struct ExpressionLexer {
    enum Token: Hashable {
        case text(String)
        case number(Value)
        case name(String)
        /// `.`, `(`, `)`, `,`, `!`, `&&`, `||` or a comparison.
        case symbol(String)
        case end

        var described: String {
            switch self {
            case .text(let text): "the text '\(text)'"
            case .number(let number): "the number \(number.asText)"
            case .name(let name): "`\(name)`"
            case .symbol(let symbol): "`\(symbol)`"
            case .end: "the end of the expression"
            }
        }
    }

    private let scalars: [Unicode.Scalar]
    private var index: Int
    private let end: Int

    /// - Parameter range: the expression's part of the scalars; offsets count from the start of all of them.
    init(_ scalars: [Unicode.Scalar], in range: Range<Int>) {
        self.scalars = scalars
        index = range.lowerBound
        end = range.upperBound
    }

    mutating func next() throws(ExpressionFault) -> (token: Token, offset: Int) {
        while index < end, scalars[index].properties.isWhitespace { index += 1 }
        let start = index
        guard let scalar = peek() else { return (.end, start) }
        if scalar == "'" { return (.text(try text()), start) }
        if scalar.isASCIIDigit || scalar == "-" { return (.number(try number()), start) }
        if Self.startsName(scalar) { return (.name(name()), start) }
        return (.symbol(try symbol(scalar)), start)
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        index + ahead < end ? scalars[index + ahead] : nil
    }

    /// Reads a text in single quotes; a doubled quote means one.
    private mutating func text() throws(ExpressionFault) -> String {
        let start = index
        index += 1
        var text = String.UnicodeScalarView()
        while let scalar = peek() {
            index += 1
            if scalar != "'" {
                text.append(scalar)
            } else if peek() == "'" {
                text.append(scalar)
                index += 1
            } else {
                return String(text)
            }
        }
        throw ExpressionFault(
            "a text in single quotes does not end", at: start, help: "write a quote inside it twice: 'it''s'")
    }

    private mutating func number() throws(ExpressionFault) -> Value {
        let start = index
        index += 1
        while let scalar = peek(), scalar.isASCIIDigit || Self.startsName(scalar) || scalar == "." { index += 1 }
        let text = String(String.UnicodeScalarView(scalars[start..<index]))
        if let integer = Int(text) { return .integer(integer) }
        if !text.lowercased().contains("x"), let number = Double(text), number.isFinite { return .number(number) }
        throw ExpressionFault("`\(text)` is not a number", at: start, help: "put text in single quotes: '\(text)'")
    }

    private mutating func name() -> String {
        let start = index
        while let scalar = peek(), Self.startsName(scalar) || scalar.isASCIIDigit || scalar == "-" { index += 1 }
        return String(String.UnicodeScalarView(scalars[start..<index]))
    }

    private mutating func symbol(_ first: Unicode.Scalar) throws(ExpressionFault) -> String {
        let pair = peek(1).map { "\(first)\($0)" } ?? ""
        if ["==", "!=", "<=", ">=", "&&", "||"].contains(pair) {
            index += 2
            return pair
        }
        if ["!", "<", ">", "(", ")", ".", ","].contains(first) {
            index += 1
            return String(Character(first))
        }
        let help: String? =
            switch first {
            case "\"": "put text in single quotes: 'text'"
            case "=": "compare with `==`"
            case "&", "|": "write `\(first)\(first)`"
            case "[": "write a path with dots, as in `steps.<id>.outputs.<name>`"
            default: nil
            }
        throw ExpressionFault("`\(first.escapedForMessage)` has no meaning in an expression", at: index, help: help)
    }

    private static func startsName(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCIILetter || scalar == "_"
    }
}

extension Unicode.Scalar {
    /// The scalar itself, or its escape if a terminal would act on it.
    var escapedForMessage: String {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator, .privateUse:
            "\\u{" + String(value, radix: 16) + "}"
        default: String(Character(self))
        }
    }
}
