/// The parsed text between `${{` and `}}`.
///
/// Two expressions are equal if they say the same, however they are spaced.
indirect enum Expression: Hashable, Sendable {
    case literal(Value)
    case reference(Reference)
    case call(Call)
    case not(Expression)
    /// `&&` with two or more operands.
    case all([Expression])
    /// `||` with two or more operands.
    case any([Expression])
    case comparison(Comparison)

    /// A path such as `steps.tag.outputs.version`.
    struct Reference: Hashable, Sendable {
        var path: [String]
        var place: Place

        var text: String { path.joined(separator: ".") }
    }

    struct Call: Hashable, Sendable {
        var function: ExpressionFunction
        var arguments: [Expression]
        var place: Place
    }

    struct Comparison: Hashable, Sendable {
        enum Operator: String, Sendable {
            case equal = "=="
            case unequal = "!="
            case less = "<"
            case lessOrEqual = "<="
            case greater = ">"
            case greaterOrEqual = ">="

            var isOrder: Bool { self != .equal && self != .unequal }
        }

        var left: Expression
        var `operator`: Operator
        var right: Expression
        var place: Place
    }

    /// An offset in Unicode scalars from the start of the text that holds the expression.
    ///
    /// All places are equal, so that the same expression is equal wherever it occurs.
    struct Place: Hashable, Sendable {
        var offset: Int

        static func == (left: Self, right: Self) -> Bool { true }
        func hash(into hasher: inout Hasher) {}
    }
}

extension Expression {
    /// Every path in the expression, including parts that evaluation may not reach.
    var references: [Reference] {
        switch self {
        case .literal: []
        case .reference(let reference): [reference]
        case .call(let call): call.arguments.flatMap(\.references)
        case .not(let operand): operand.references
        case .all(let operands), .any(let operands): operands.flatMap(\.references)
        case .comparison(let comparison): comparison.left.references + comparison.right.references
        }
    }

    /// Every call in the expression.
    var calls: [Call] {
        switch self {
        case .literal, .reference: []
        case .call(let call): [call] + call.arguments.flatMap(\.calls)
        case .not(let operand): operand.calls
        case .all(let operands), .any(let operands): operands.flatMap(\.calls)
        case .comparison(let comparison): comparison.left.calls + comparison.right.calls
        }
    }

    /// The operands that must all be true for the expression to be true: those of `… && …`, or itself.
    var conjuncts: [Expression] {
        if case .all(let operands) = self { operands.flatMap(\.conjuncts) } else { [self] }
    }

    /// Where the expression starts, if that is known.
    var place: Place? {
        switch self {
        case .literal: nil
        case .reference(let reference): reference.place
        case .call(let call): call.place
        case .not(let operand): operand.place
        case .all(let operands), .any(let operands): operands.first?.place
        case .comparison(let comparison): comparison.left.place ?? comparison.place
        }
    }
}

/// The functions that expressions can call.
enum ExpressionFunction: String, Hashable, Sendable, CaseIterable {
    case contains, startsWith, endsWith, format
    case success, failure, always, cancelled

    /// True if the function tests the run's status; only `if` may call it.
    var isStatus: Bool {
        switch self {
        case .success, .failure, .always, .cancelled: true
        case .contains, .startsWith, .endsWith, .format: false
        }
    }

    /// How it is written.
    var usage: String {
        switch self {
        case .contains: "contains(text or list, what)"
        case .startsWith: "startsWith(text, prefix)"
        case .endsWith: "endsWith(text, suffix)"
        case .format: "format('{0} and {1}', value, value)"
        case .success, .failure, .always, .cancelled: "\(rawValue)()"
        }
    }

    func takes(_ count: Int) -> Bool {
        switch self {
        case .contains, .startsWith, .endsWith: count == 2
        case .format: count >= 1
        case .success, .failure, .always, .cancelled: count == 0
        }
    }
}
