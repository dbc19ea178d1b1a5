/// Reads `inputs` and gives each its value: from the command line, its variable, or its default.
struct InputsReader {
    let given: [String: String]
    let environment: [String: String]
    let problems: ProblemList

    struct Declaration: StepOptions {
        @Option("what values it takes") var type = PipelineInput.Kind.string
        @Option("the only values allowed") var `enum`: [String]?
        @Option("the value if none is given") var `default`: String?
        @Option("the environment variable that sets it") var env: String?
        @Option("what it is for") var description: String?
    }

    func read(_ node: Node?) -> [PipelineInput] {
        var inputs: [PipelineInput] = []
        if let node, node.fields == nil {
            problems.add("`inputs` must be a mapping of names, not \(node.describedKind)", at: node.mark)
        }
        for field in node?.fields ?? [] where NameRule.check(field, "an input", problems) {
            guard let declaration = Declaration.read(field.value, problems) else {
                // It is still added, so that its uses are not reported as well.
                inputs.append(PipelineInput(name: field.key))
                continue
            }
            inputs.append(input(field, declaration))
        }
        for name in given.keys.sorted() where !inputs.contains(where: { $0.name == name }) {
            problems.add(
                "the file has no input `\(name)`", at: nil,
                help: inputs.isEmpty
                    ? "it takes none; leave out `-i \(name)=…`" : Suggestion.help(for: name, among: inputs.map(\.name)),
                code: .unknownInput)
        }
        return inputs
    }

    private func input(_ field: Node.Field, _ declaration: Declaration) -> PipelineInput {
        var input = PipelineInput(
            name: field.key, kind: declaration.type, variable: declaration.env, help: declaration.description)
        let unchecked = input
        for (index, text) in (declaration.enum ?? []).enumerated() {
            let choice = field.value["enum"].flatMap { list -> Node? in
                if case .sequence(let nodes) = list.content { nodes[index] } else { nil }
            }
            guard let value = value(text, of: unchecked, at: choice?.mark, named: "`enum`") else { continue }
            input.choices.append(value)
        }
        if let text = declaration.default {
            input.defaultValue = value(text, of: input, at: declaration.$default.place, named: "`default`")
        }
        if let text = given[field.key] {
            input.isGiven = true
            let named = "the value given for the input `\(field.key)`"
            input.value = value(text, of: input, at: nil, named: named, code: .invalidInput) ?? .null
        } else if let variable = declaration.env, let text = environment[variable], !text.isEmpty {
            input.isGiven = true
            let named = "the environment variable \(variable), the input `\(field.key)`,"
            input.value = value(text, of: input, at: nil, named: named, code: .invalidInput) ?? .null
        } else if let value = input.defaultValue {
            input.value = value
        } else if declaration.default == nil {
            reportMissing(input, at: field.keyMark)
        }
        return input
    }

    private func reportMissing(_ input: PipelineInput, at mark: SourceMark) {
        let what = input.help.map { ": \($0)" } ?? ""
        let setting = input.variable.map { ", or set \($0)" } ?? ""
        problems.add(
            "the input `\(input.name)` has no value\(what)", at: mark,
            help: "give it with `-i \(input.name)=…`\(setting)", code: .missingInput)
    }

    private func value(
        _ text: String, of input: PipelineInput, at mark: SourceMark?, named: String, code: Problem.Code = .pipelineFile
    ) -> Value? {
        let node = Node(.scalar(text, plain: true), at: SourceMark(line: 1, column: 1))
        let quiet = ProblemList()
        let (value, expected): (Value?, String) =
            switch input.kind {
            case .string: (.text(text), "")
            case .integer: (Int.read(node, quiet).map { .integer($0) }, Int.shape.name)
            case .boolean: (Bool.read(node, quiet).map { .bool($0) }, Bool.shape.name)
            case .number: (Double.read(node, quiet).map { .number($0) }, Double.shape.name)
            }
        guard let value else {
            problems.add("\(named) must be \(expected), not `\(text)`", at: mark, code: code)
            return nil
        }
        if !input.choices.isEmpty, !input.choices.contains(value) {
            let words = input.choices.map { "`\($0.asText)`" }.joined(separator: ", ")
            problems.add(
                "\(named) must be one of \(words), not `\(text)`", at: mark,
                help: Suggestion.nearest(to: text, among: input.choices.map(\.asText)).map { "did you mean `\($0)`?" },
                code: code)
            return nil
        }
        return value
    }
}

extension PipelineInput.Kind {
    var valueType: ValueType {
        switch self {
        case .string: .text
        case .integer: .integer
        case .boolean: .bool
        case .number: .number
        }
    }
}
