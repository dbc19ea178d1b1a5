/// Checks the names and types in an expression before anything runs.
struct ExpressionCheck {
    /// The place of an expression, which decides what it may name.
    enum Place {
        /// `with` and `env` of a step.
        case value
        /// `if`: the only place for status functions.
        case condition
        /// `vars`: may name what is known before the first step.
        case variable
        /// Policies such as `timeout`: may name what is known when the file is read.
        case policy

        /// - Parameter context: the first part of a path: one of `KnownNames.contexts`.
        func allows(_ context: String) -> Bool {
            switch self {
            case .value, .condition: true
            case .variable: context != "secrets" && context != "steps"
            case .policy: context == "inputs" || context == "vars" || context == "env"
            }
        }
    }

    let names: KnownNames
    let place: Place
    private(set) var faults: [ExpressionFault] = []

    init(_ names: KnownNames, in place: Place) {
        self.names = names
        self.place = place
    }

    /// Returns the type, or nil if it is not known. Every fault is noted, and causes no second one.
    mutating func type(of expression: Expression) -> ValueType? {
        switch expression {
        case .literal(let value): return value.type
        case .reference(let reference): return type(of: reference)
        case .call(let call): return type(of: call)
        case .not(let operand):
            requireTruth(operand, of: "!")
            return .bool
        case .all(let operands):
            for operand in operands { requireTruth(operand, of: "&&") }
            return .bool
        case .any(let operands): return typeOfAny(operands)
        case .comparison(let comparison):
            check(comparison)
            return .bool
        }
    }

    private mutating func requireTruth(_ operand: Expression, of symbol: String) {
        guard let type = type(of: operand), type != .bool, type != .null else { return }
        fault(
            "`\(symbol)` takes true or false, but this is \(type.described)", at: operand.place?.offset,
            help: "compare it: `… == 'value'`")
    }

    private mutating func typeOfAny(_ operands: [Expression]) -> ValueType? {
        var common: ValueType?
        for operand in operands {
            guard let type = type(of: operand) else { return nil }
            if type == .null { continue }
            if let common, common != type {
                fault(
                    "`||` chooses between \(common.described) and \(type.described)", at: operand.place?.offset,
                    help: "give both sides the same type")
                return nil
            }
            common = type
        }
        return common ?? .null
    }

    private mutating func check(_ comparison: Expression.Comparison) {
        let (left, right) = (type(of: comparison.left), type(of: comparison.right))
        guard let left, let right, left != .null, right != .null else { return }
        let numbers: Set<ValueType> = [.integer, .number]
        let bothNumbers = numbers.contains(left) && numbers.contains(right)
        if comparison.operator.isOrder, !bothNumbers {
            fault(
                "`\(comparison.operator.rawValue)` compares numbers, not \(left.described) with \(right.described)",
                at: comparison.place.offset)
        } else if left != right, !bothNumbers {
            fault(
                "\(left.described) is compared with \(right.described), which is never equal",
                at: comparison.place.offset, help: Self.quotes(comparison))
        }
    }

    /// Returns the help for a comparison in which one side is a literal of the wrong type.
    private static func quotes(_ comparison: Expression.Comparison) -> String? {
        for case .literal(let value) in [comparison.left, comparison.right] {
            switch value {
            case .text(let text): return "only text is quoted: write `\(text)` without quotes"
            case .integer, .number, .bool: return "put text in quotes: '\(value.asText)'"
            default: continue
            }
        }
        return nil
    }

    private mutating func type(of call: Expression.Call) -> ValueType? {
        if call.function.isStatus {
            if place != .condition {
                fault(
                    "`\(call.function.usage)` can only be used in `if`", at: call.place.offset,
                    help: "write `if: \(call.function.usage)` at the step")
            }
            return .bool
        }
        let types = call.arguments.map { type(of: $0) }
        switch call.function {
        case .format:
            checkFormat(call)
            return .text
        case .contains where types[0] == .list: return .bool
        default:
            for (type, argument) in zip(types, call.arguments) {
                guard let type, type != .text, type != .null else { continue }
                fault(
                    "`\(call.function.rawValue)` takes text, but this is \(type.described)",
                    at: argument.place?.offset ?? call.place.offset, help: "write `\(call.function.usage)`")
            }
            return .bool
        }
    }

    private mutating func checkFormat(_ call: Expression.Call) {
        guard case .literal(.text(let text)) = call.arguments[0] else { return }
        let placeholders = Array(repeating: Value.null, count: call.arguments.count - 1)
        do throws(ExpressionFault) {
            _ = try FormatText(text, at: call.place.offset).filled(with: placeholders[...])
        } catch {
            faults.append(error)
        }
    }

    mutating func fault(_ message: String, at offset: Int?, help: String? = nil) {
        faults.append(ExpressionFault(message, at: offset, help: help))
    }
}
