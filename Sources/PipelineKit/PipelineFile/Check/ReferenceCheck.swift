extension ExpressionCheck {
    /// Returns the type of what a path names.
    mutating func type(of reference: Expression.Reference) -> ValueType? {
        let path = reference.path
        let offset = reference.place.offset
        guard KnownNames.contexts.contains(path[0]) else {
            fault(
                "unknown name `\(path[0])`", at: offset,
                help: path.count == 1 && Suggestion.nearest(to: path[0], among: KnownNames.contexts) == nil
                    ? "put text in single quotes: '\(path[0])'"
                    : Suggestion.help(for: path[0], among: KnownNames.contexts))
            return nil
        }
        guard path[0] == "steps" ? path.count >= 3 : path.count == 2 else {
            let form = path[0] == "steps" ? "steps.<id>.outputs.<name>` or `steps.<id>.outcome" : "\(path[0]).<name>"
            fault("`\(reference.text)` names nothing", at: offset, help: "write `\(form)`")
            return nil
        }
        guard place.allows(path[0]) else {
            fault("`\(path[0])` cannot be used here", at: offset, help: placeHelp)
            return nil
        }
        switch path[0] {
        case "steps": return type(ofStep: reference)
        case "env": return .text
        case "inputs":
            guard let input = find(path[1], in: names.inputs, "input", at: offset) else { return nil }
            return input.kind.valueType
        case "vars":
            if names.vars[path[1]] == nil, names.allVars.contains(path[1]) {
                fault(
                    "the variable `\(path[1])` is not defined above this place", at: offset,
                    help: "`vars` are read from top to bottom: move it up")
                return nil
            }
            return find(path[1], in: names.vars, "variable", at: offset)?.type
        case "secrets":
            let secrets = Dictionary(names.secrets.map { ($0, ValueType.text) }) { first, _ in first }
            return find(path[1], in: secrets, "secret", at: offset)
        default:
            let fields = Dictionary(uniqueKeysWithValues: KnownNames.runFields.map { ($0, ValueType.text) })
            return find(path[1], in: fields, "field of `run`", at: offset)
        }
    }

    private var placeHelp: String {
        switch place {
        case .variable: "`vars` may use `inputs`, `env`, `run` and the variables above; secrets go into `with` or `env`"
        default: "only `inputs`, `vars` and `env` are known when the file is read"
        }
    }

    private mutating func find<Entry>(
        _ name: String, in entries: [String: Entry], _ what: String, at offset: Int
    ) -> Entry? {
        if let entry = entries[name] { return entry }
        fault("there is no \(what) `\(name)`", at: offset, help: Suggestion.help(for: name, among: Array(entries.keys)))
        return nil
    }

    private mutating func type(ofStep reference: Expression.Reference) -> ValueType? {
        let (path, offset) = (reference.path, reference.place.offset)
        let id = path[1]
        guard let step = names.step(id) else {
            if id == names.currentStep {
                fault(
                    "the step `\(id)` cannot use its own outputs", at: offset,
                    help: "only later steps can use them")
            } else if names.allSteps.contains(id) {
                fault("the step `\(id)` does not run before this one", at: offset, help: "move it up")
            } else if !names.mayBeUnread(id) {
                fault(
                    "there is no step `\(id)`", at: offset,
                    help: Suggestion.help(for: id, among: names.steps.lazy.map(\.id)))
            }
            return nil
        }
        if path[2] == "outcome", path.count == 3 { return .text }
        guard path[2] == "outputs", path.count == 4 else {
            fault(
                "`\(reference.text)` names nothing", at: offset,
                help: "write `steps.\(id).outputs.<name>` or `steps.\(id).outcome`")
            return nil
        }
        guard let outputs = step.outputs else { return nil }
        if let output = outputs.first(where: { $0.name == path[3] }) { return output.type }
        fault(
            "the step `\(id)` has no output `\(path[3])`", at: offset,
            help: Suggestion.help(for: path[3], among: outputs.map(\.name)))
        return nil
    }
}
