/// Finds the expressions in a node and checks them. Those whose value is known are replaced by it; the others are left
/// deferred.
struct ExpressionReader {
    let source: SourceText
    let problems: ProblemList
    let budget: TextBudget

    func resolve(_ node: Node, _ names: KnownNames, in place: ExpressionCheck.Place) -> Node {
        switch node.content {
        case .null, .deferred: return node
        case .sequence(let nodes):
            return Node(.sequence(nodes.map { resolve($0, names, in: place) }), at: node.mark)
        case .mapping(let fields):
            let resolved = fields.map {
                Node.Field(key: $0.key, keyMark: $0.keyMark, value: resolve($0.value, names, in: place))
            }
            return Node(.mapping(resolved), at: node.mark)
        case .scalar(let text, plain: _):
            guard Template.isOne(text) else { return node }
            return resolve(text, at: node.mark, names, in: place)
        }
    }

    private func resolve(
        _ text: String, at mark: SourceMark, _ names: KnownNames, in place: ExpressionCheck.Place
    ) -> Node {
        // A fault is reported once: a deferred value without a type causes no second problem.
        let unknown = Node(.deferred(expression: text, type: nil), at: mark)
        do throws(ExpressionFault) {
            let template = try Template(text)
            guard let type = check(template, text, at: mark, names, in: place) else { return unknown }
            guard template.expressions.allSatisfy(names.isKnown) else {
                return Node(.deferred(expression: text, type: type.value), at: mark)
            }
            if template.expressions.contains(where: names.isGiven) { problems.noteGiven(at: mark) }
            let value = try template.value(in: names.scope)
            // The value of a reference is text that exists already.
            if case .reference? = template.only {} else { try budget.spend(value.asText.utf8.count) }
            var node = Node(of: template, value, in: names.scope, isKnownEarly: true, at: mark)
            if case .reference(let reference)? = template.only, reference.path[0] == "inputs" {
                node.input = reference.path[1]
            }
            return node
        } catch {
            report(error, in: text, at: mark)
            return unknown
        }
    }

    /// Returns the type of a template, if it has no fault.
    private func check(
        _ template: Template, _ text: String, at mark: SourceMark, _ names: KnownNames, in place: ExpressionCheck.Place
    ) -> (value: ValueType?, Void)? {
        var check = ExpressionCheck(names, in: place)
        let types = template.expressions.map { check.type(of: $0) }
        report(check.faults, in: text, at: mark)
        guard check.faults.isEmpty else { return nil }
        return (template.only == nil ? .text : types[0], ())
    }

    /// Reads a step's `if`: the expression without the implied status function.
    func condition(_ node: Node, _ names: KnownNames) -> (expression: Expression, text: String)? {
        guard case .scalar(let text, plain: _) = node.content, !text.isEmpty else {
            let found = if case .scalar = node.content { "nothing" } else { node.describedKind }
            problems.add(
                "`if` takes an expression, not \(found)", at: node.mark,
                help: "write a condition, such as `inputs.<name> == 'value'`, or remove `if`")
            return nil
        }
        do throws(ExpressionFault) {
            let expression = try Condition.parse(text)
            var check = ExpressionCheck(names, in: .condition)
            let type = check.type(of: expression)
            if let type, type != .bool, type != .null, check.faults.isEmpty {
                check.fault(
                    "`if` takes true or false, but this is \(type.described)", at: expression.place?.offset,
                    help: "compare it: `… == 'value'`")
            }
            report(check.faults, in: text, at: node.mark)
            return check.faults.isEmpty ? (expression, text) : nil
        } catch {
            report(error, in: text, at: node.mark)
            return nil
        }
    }

    func report(_ fault: ExpressionFault, in text: String, at mark: SourceMark) {
        report([fault], in: text, at: mark)
    }

    /// Reports the faults of one text.
    private func report(_ faults: [ExpressionFault], in text: String, at mark: SourceMark) {
        for (fault, place) in zip(faults, marks(of: faults.map(\.offset), in: text, at: mark)) {
            problems.add(fault.message, at: place, help: fault.help)
        }
    }

    /// The places of parts of a scalar, however many they are, after one look for it in the file.
    private func marks(of offsets: [Int?], in text: String, at mark: SourceMark) -> [SourceMark] {
        guard !offsets.isEmpty, let columns = source.columns(of: text, at: mark) else {
            return offsets.map { _ in mark }
        }
        return offsets.map { offset in
            offset.map { SourceMark(line: mark.line, column: min(columns.lowerBound + $0, columns.upperBound)) } ?? mark
        }
    }

    /// Where the expressions of a node name something of one context.
    func references(to context: String, in node: Node) -> [(reference: Expression.Reference, mark: SourceMark)] {
        switch node.content {
        case .null, .deferred: return []
        case .sequence(let nodes): return nodes.flatMap { references(to: context, in: $0) }
        case .mapping(let fields): return fields.flatMap { references(to: context, in: $0.value) }
        case .scalar(let text, plain: _):
            let found = ((try? Template(text))?.expressions ?? []).flatMap(\.references).filter {
                $0.path.first == context
            }
            let marks = marks(of: found.map(\.place.offset), in: text, at: node.mark)
            return Array(zip(found, marks))
        }
    }

    /// Refuses expressions in places where text is only text.
    func refuse(_ node: Node, in what: String) {
        switch node.content {
        case .null, .deferred: break
        case .sequence(let nodes): for node in nodes { refuse(node, in: what) }
        case .mapping(let fields): for field in fields { refuse(field.value, in: what) }
        case .scalar(let text, plain: _):
            guard Template.isOne(text) else { return }
            problems.add("\(what) cannot contain an expression", at: node.mark, help: "write the value itself")
        }
    }
}

/// Limits the total length of the texts that the expressions of one file make.
final class TextBudget {
    /// The limit in bytes.
    static let most = 16 << 20

    private var left = most

    func spend(_ bytes: Int) throws(ExpressionFault) {
        left -= bytes
        guard left < 0 else { return }
        throw ExpressionFault(
            "the expressions of this file make more than \(ByteCount(Self.most).text) of text",
            at: nil, help: "put large content into a file, and pass its path")
    }
}

extension SourceText {
    /// The columns of a scalar's characters in its line; nil if it is written differently from how it reads (escapes,
    /// several lines).
    func columns(of text: String, at mark: SourceMark) -> ClosedRange<Int>? {
        guard lines.indices.contains(mark.line - 1) else { return nil }
        let line = lines[mark.line - 1]
        let scalars = Array(text.unicodeScalars)
        // The text starts after a quote, or is plain.
        for start in [mark.column - 1, mark.column]
        where start + scalars.count <= line.count && line[start..<(start + scalars.count)].elementsEqual(scalars) {
            return start + 1...start + max(scalars.count, 1)
        }
        return nil
    }
}
