/// Parses an expression. Precedence: `!`, then comparisons, then `&&`, then `||`; parentheses can enclose any of them.
struct ExpressionParser {
    private var lexer: ExpressionLexer
    private var token: ExpressionLexer.Token = .end
    private var offset = 0
    private var depth = 0

    /// The greatest depth. Deeper expressions are refused, since the parser and everything after it is recursive.
    static let deepest = 32

    static func parse(_ text: String) throws(ExpressionFault) -> Expression {
        let scalars = Array(text.unicodeScalars)
        return try parse(scalars, in: 0..<scalars.count)
    }

    static func parse(_ scalars: [Unicode.Scalar], in range: Range<Int>) throws(ExpressionFault) -> Expression {
        var parser = ExpressionParser(lexer: ExpressionLexer(scalars, in: range))
        try parser.advance()
        guard parser.token != .end else {
            throw ExpressionFault(
                "the expression is empty", at: range.lowerBound, help: "write a value, such as `inputs.<name>`")
        }
        let expression = try parser.parseAny()
        guard parser.token == .end else {
            throw ExpressionFault("expected an operator, found \(parser.token.described)", at: parser.offset)
        }
        return expression
    }

    private init(lexer: ExpressionLexer) {
        self.lexer = lexer
    }

    private mutating func advance() throws(ExpressionFault) {
        (token, offset) = try lexer.next()
    }

    private mutating func accept(_ symbol: String) throws(ExpressionFault) -> Bool {
        guard token == .symbol(symbol) else { return false }
        try advance()
        return true
    }

    private mutating func parseAny() throws(ExpressionFault) -> Expression {
        var operands = [try parseAll()]
        while try accept("||") { operands.append(try parseAll()) }
        return operands.count == 1 ? operands[0] : .any(operands)
    }

    private mutating func parseAll() throws(ExpressionFault) -> Expression {
        var operands = [try parseComparison()]
        while try accept("&&") { operands.append(try parseComparison()) }
        return operands.count == 1 ? operands[0] : .all(operands)
    }

    private mutating func parseComparison() throws(ExpressionFault) -> Expression {
        let left = try parseOperand()
        guard case .symbol(let symbol) = token, let comparison = Expression.Comparison.Operator(rawValue: symbol)
        else { return left }
        let place = Expression.Place(offset: offset)
        try advance()
        let right = try parseOperand()
        if case .symbol(let next) = token, Expression.Comparison.Operator(rawValue: next) != nil {
            throw ExpressionFault(
                "a comparison of a comparison", at: offset, help: "join two comparisons with `&&`, or use parentheses")
        }
        return .comparison(.init(left: left, operator: comparison, right: right, place: place))
    }

    private mutating func parseOperand() throws(ExpressionFault) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw ExpressionFault("the expression is nested deeper than \(Self.deepest)", at: offset)
        }
        let start = offset
        switch token {
        case .text(let text):
            try advance()
            return .literal(.text(text))
        case .number(let number):
            try advance()
            return .literal(number)
        case .symbol("!"):
            try advance()
            return .not(try parseOperand())
        case .symbol("("):
            try advance()
            let inner = try parseAny()
            guard try accept(")") else {
                throw ExpressionFault("the parenthesis is not closed", at: start, help: "add `)`")
            }
            return inner
        case .name(let name):
            try advance()
            return try parseName(name, at: start)
        case .symbol, .end:
            throw ExpressionFault("expected a value, found \(token.described)", at: start)
        }
    }

    private mutating func parseName(_ name: String, at start: Int) throws(ExpressionFault) -> Expression {
        if token == .symbol("(") { return try parseCall(name, at: start) }
        switch name {
        case "true": return .literal(true)
        case "false": return .literal(false)
        case "null": return .literal(.null)
        default: break
        }
        var path = [name]
        while try accept(".") {
            guard case .name(let part) = token else {
                throw ExpressionFault("expected a name after `.`, found \(token.described)", at: offset)
            }
            path.append(part)
            try advance()
        }
        return .reference(.init(path: path, place: .init(offset: start)))
    }

    private mutating func parseCall(_ name: String, at start: Int) throws(ExpressionFault) -> Expression {
        guard let function = ExpressionFunction(rawValue: name) else {
            throw ExpressionFault(
                "there is no function `\(name)`", at: start,
                help: Suggestion.help(for: name, among: ExpressionFunction.allCases.map(\.rawValue)))
        }
        try advance()
        var arguments: [Expression] = []
        if token != .symbol(")") {
            repeat { arguments.append(try parseAny()) } while try accept(",")
        }
        guard try accept(")") else {
            throw ExpressionFault(
                "expected `,` or `)` in the call of `\(name)`, found \(token.described)", at: offset)
        }
        guard function.takes(arguments.count) else {
            throw ExpressionFault(
                "`\(name)` does not take \(arguments.count) value\(arguments.count == 1 ? "" : "s")", at: start,
                help: "write `\(function.usage)`")
        }
        return .call(.init(function: function, arguments: arguments, place: .init(offset: start)))
    }
}
