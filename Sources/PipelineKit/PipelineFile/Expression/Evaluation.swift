extension Expression {
    /// Computes the value. A path without a value gives null, which counts as false.
    func value(in scope: Scope) throws(ExpressionFault) -> Value {
        switch self {
        case .literal(let value): return value
        case .reference(let reference): return scope.value(of: reference.path)
        case .not(let operand): return .bool(!(try operand.truth(in: scope)))
        case .all(let operands):
            for operand in operands where !(try operand.truth(in: scope)) { return false }
            return true
        case .any(let operands):
            // `||` is not only for true and false: `steps.tag.outputs.tag || 'none'` replaces null.
            var last = Value.null
            for operand in operands {
                last = try operand.value(in: scope)
                if last != .null, last != false { return last }
            }
            return last
        case .comparison(let comparison): return .bool(try comparison.holds(in: scope))
        case .call(let call): return try call.value(in: scope)
        }
    }

    /// Computes the value if it must be true or false.
    func truth(in scope: Scope) throws(ExpressionFault) -> Bool {
        switch try value(in: scope) {
        case .bool(let bool): return bool
        case .null: return false
        case let other:
            throw ExpressionFault("expected true or false, found \(other.type.described)", at: place?.offset)
        }
    }
}

extension Expression.Comparison {
    func holds(in scope: Scope) throws(ExpressionFault) -> Bool {
        let (left, right) = (try left.value(in: scope), try right.value(in: scope))
        if `operator`.isOrder {
            if left == .null || right == .null { return false }
            guard let less = Self.isLess(left, right), let greater = Self.isLess(right, left) else {
                throw Self.unlike(left.type, right.type, at: place)
            }
            return switch `operator` {
            case .less: less
            case .lessOrEqual: !greater
            case .greater: greater
            default: !less
            }
        }
        let equal: Bool
        if let less = Self.isLess(left, right), let greater = Self.isLess(right, left) {
            equal = !less && !greater
        } else {
            guard left == .null || right == .null || left.type == right.type else {
                throw Self.unlike(left.type, right.type, at: place)
            }
            equal = left == right
        }
        return (`operator` == .equal) == equal
    }

    static func unlike(_ left: ValueType, _ right: ValueType, at place: Expression.Place) -> ExpressionFault {
        ExpressionFault("\(left.described) is compared with \(right.described)", at: place.offset)
    }

    /// Compares two numbers; nil if one of them is not a number.
    private static func isLess(_ left: Value, _ right: Value) -> Bool? {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): left < right
        case (.integer(let left), .number(let right)): Double(left) < right
        case (.number(let left), .integer(let right)): left < Double(right)
        case (.number(let left), .number(let right)): left < right
        default: nil
        }
    }
}

extension Expression.Call {
    func value(in scope: Scope) throws(ExpressionFault) -> Value {
        switch function {
        case .success: return .bool(scope.status.isForward)
        case .failure: return .bool(scope.status == .failure || scope.status == .timeout)
        case .cancelled: return .bool(scope.status == .cancelled)
        case .always: return true
        case .contains, .startsWith, .endsWith, .format: break
        }
        var values: [Value] = []
        for argument in arguments { values.append(try argument.value(in: scope)) }
        if function == .format {
            return .text(try FormatText(values[0].asText, at: place.offset).filled(with: values.dropFirst()))
        }
        if case .list(let elements) = values[0], function == .contains {
            return .bool(elements.contains(values[1]))
        }
        let (whole, part) = (values[0].asText, values[1].asText)
        return switch function {
        case .contains: .bool(part.isEmpty || whole.containsText(part))
        case .startsWith: .bool(whole.utf8.starts(with: part.utf8))
        default: .bool(whole.utf8.reversed().starts(with: part.utf8.reversed()))
        }
    }
}

extension String {
    /// Compares byte by byte, so that nothing depends on a Unicode version.
    fileprivate func containsText(_ part: String) -> Bool {
        let (whole, part) = (Array(utf8), Array(part.utf8))
        guard whole.count >= part.count else { return false }
        return (0...(whole.count - part.count)).contains { whole[$0...].starts(with: part) }
    }
}

extension Scope {
    /// Returns the value at a path; null if there is none. The check of the file has already found misspelt paths.
    func value(of path: [String]) -> Value {
        guard path.count >= 2 else { return .null }
        let name = path[1]
        switch path[0] {
        case "inputs": return inputs[name] ?? .null
        case "vars": return vars[name] ?? .null
        case "secrets": return secrets[name].map { .text($0) } ?? .null
        case "env": return environment[name].map { .text($0) } ?? .null
        case "run":
            return switch name {
            case "id": .text(runID)
            case "pipeline": .text(pipeline)
            default: .null
            }
        case "steps":
            guard let step = steps[name], path.count >= 3 else { return .null }
            if path[2] == "outcome" { return .text(step.outcome.rawValue) }
            return path.count == 4 ? step.outputs[path[3]] ?? .null : .null
        default: return .null
        }
    }
}
