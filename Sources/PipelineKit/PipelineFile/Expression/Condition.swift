/// A step's `if`, with the implied status function added.
public struct Condition: Hashable, Sendable {
    /// The place of a condition, which decides the status function that it implies.
    public enum Position: Sendable {
        /// In `steps`: `success() && …`.
        case steps
        /// In `finally`, and among the steps of a `rollback`: `always() && …`.
        case always
    }

    let expression: Expression
    public let mark: SourceMark

    /// The condition of a step of `steps` without an `if`.
    public static let success = Condition(status: .success)
    /// The condition of a step of `finally` without an `if`.
    public static let always = Condition(status: .always)

    /// - Throws: `ExpressionError`.
    public init(
        parsing text: String, in position: Position, at mark: SourceMark = SourceMark(line: 1, column: 1)
    ) throws {
        do {
            self.init(try Self.parse(text), in: position, at: mark)
        } catch {
            throw ExpressionError(error, at: mark)
        }
    }

    init(_ expression: Expression, in position: Position, at mark: SourceMark) {
        self.mark = mark
        let status: Condition = position == .steps ? .success : .always
        let saysStatus = expression.calls.contains { $0.function.isStatus }
        self.expression = saysStatus ? expression : .all([status.expression, expression])
    }

    private init(status: ExpressionFunction) {
        expression = .call(.init(function: status, arguments: [], place: .init(offset: 0)))
        mark = SourceMark(line: 1, column: 1)
    }

    /// Parses a condition, bare or inside `${{ }}`.
    static func parse(_ text: String) throws(ExpressionFault) -> Expression {
        guard Template.isOne(text) else { return try ExpressionParser.parse(text) }
        guard let expression = try Template(text.trimmed).only else {
            throw ExpressionFault(
                "`if` takes one expression and nothing around it", at: nil,
                help: "remove the `${{ }}`: `if: inputs.<name> == 'value'`")
        }
        return expression
    }

    /// - Throws: `ExpressionError` if a value has a type that the check of the file could not know.
    public func evaluate(in scope: Scope) throws -> Bool {
        do {
            return try expression.truth(in: scope)
        } catch {
            throw ExpressionError(error, at: mark)
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
