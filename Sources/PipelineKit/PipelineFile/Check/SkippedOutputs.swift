/// Finds steps that use an output of a step that may have been skipped.
///
/// A skipped step's outputs are null. So a step of `steps` that needs one must be skipped under the same condition.
struct SkippedOutputs {
    let problems: ProblemList

    struct Need {
        var step: String
        /// What is needed, ready for a sentence: "`assets`".
        var what: String
        var mark: SourceMark
    }

    func check(_ needs: [Need], condition: Expression?, _ names: KnownNames) {
        let conditions = Set(condition?.conjuncts ?? [])
        for need in needs {
            guard let step = names.step(need.step), let other = step.condition,
                !other.conjuncts.allSatisfy(conditions.contains),
                !conditions.contains(where: { $0.asks(forStep: need.step) })
            else { continue }
            problems.add(
                "\(need.what) comes from the step `\(need.step)`, which its `if` can skip", at: need.mark,
                help: "give this step the same `if: \(step.conditionText)`, or a value of its own")
        }
    }

    /// Returns the outputs in a node that must not be null. One before `||` may be null: the operand after it takes its
    /// place.
    static func needs(in node: Node) -> [Need] {
        switch node.content {
        case .scalar, .null: return []
        case .sequence(let nodes): return nodes.flatMap(needs)
        case .mapping(let fields): return fields.flatMap { needs(in: $0.value) }
        case .deferred(let text, type: _):
            let expressions = (try? Template(text))?.expressions ?? []
            return expressions.flatMap(\.neededReferences).filter { $0.path.count == 4 && $0.path[0] == "steps" }
                .map { Need(step: $0.path[1], what: "`\($0.text)`", mark: node.mark) }
        }
    }
}

extension Expression {
    fileprivate var neededReferences: [Reference] {
        switch self {
        case .any(let operands): operands.last?.neededReferences ?? []
        default: references
        }
    }

    /// True if the expression holds only when the step was not skipped: `steps.<id>.outcome == 'success'`, or one of
    /// its outputs.
    fileprivate func asks(forStep id: String) -> Bool {
        switch self {
        case .reference(let reference):
            return reference.path.starts(with: ["steps", id, "outputs"])
        case .comparison(let comparison):
            guard case .reference(let reference) = comparison.left, reference.path == ["steps", id, "outcome"],
                case .literal(let value) = comparison.right
            else { return false }
            return comparison.operator == (value == "skipped" ? .unequal : .equal)
        default: return false
        }
    }
}
