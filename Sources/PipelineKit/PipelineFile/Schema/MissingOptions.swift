/// The conditions by which an editor finds options that a step must have and that nothing gives it.
///
/// An option can be given by the step, by the file's `with` or, if it is wired, by an output of an earlier step. A
/// schema sees all three, but not the order of steps. So an option that is wired counts as given to every step of a file
/// in which any step may have such an output. Only for the first step, nothing is earlier.
struct MissingOptions {
    /// Options of which a step of these kinds needs one.
    private struct Need {
        let names: [String]
        let isWired: Bool
        var kinds: [String]

        var definition: String { (isWired ? "wired-" : "") + "need-of-" + names.joined(separator: "-or-") }
    }

    private let needs: [Need]
    private let kinds: [KindDescriptor]

    init(kinds: [KindDescriptor]) {
        self.kinds = kinds
        var needs: [Need] = []
        for kind in kinds {
            for names in Self.needs(of: kind) {
                let isWired = kind.options.contains { $0.isWired && names.contains($0.name) }
                if let index = needs.firstIndex(where: { $0.names == names && $0.isWired == isWired }) {
                    needs[index].kinds.append(kind.name)
                } else {
                    needs.append(Need(names: names, isWired: isWired, kinds: [kind.name]))
                }
            }
        }
        self.needs = needs
    }

    private static func needs(of kind: KindDescriptor) -> [[String]] {
        kind.options.filter(\.isRequired).map { [$0.name] }
            + kind.rules.compactMap { if case .oneOf(let names) = $0 { names } else { nil } }
    }

    /// For each need, the schema of a step that must meet it by itself.
    var definitions: [String: Value] {
        Dictionary(needs.map { ($0.definition, step($0)) }) { first, _ in first }
    }

    /// The conditions, for the schema of a whole file.
    var conditions: [Value] { needs.flatMap { $0.isWired ? [wiredCondition($0), firstStep($0)] : [condition($0)] } }

    private func step(_ need: Need) -> Value {
        let message =
            need.names.count == 1
            ? "`\(need.names[0])` is missing here and in the file's own `with`" : "set one of \(need.names.quoted)"
        let help = need.isWired ? ", and no step before this one has an output of the name" : ""
        var schema: [String: Value] = [
            "if": ["required": ["uses"], "properties": ["uses": ["enum": .list(need.kinds.map { .text($0) })]]],
            "then": [
                "required": ["with"], "errorMessage": .text(message + help),
                "properties": ["with": OptionRule.oneOf(need.names, errorMessage: message + help)],
            ],
        ]
        // Steps that replace a rollback are wired to all that stand before them, and to the one that they undo.
        if !need.isWired {
            let itself: Value = ["items": ["$ref": .text("#/definitions/\(need.definition)")]]
            schema["properties"] = ["rollback": ["properties": ["steps": itself]]]
        }
        return .object(schema)
    }

    /// What the file's `with` lacks.
    private func unshared(_ need: Need) -> Value {
        ["not": ["anyOf": .list(need.names.map { ["required": [.text($0)]] })]]
    }

    private func condition(_ need: Need) -> Value {
        let all: Value = ["items": ["$ref": .text("#/definitions/\(need.definition)")]]
        return [
            "if": ["properties": ["with": unshared(need)]], "then": ["properties": ["steps": all, "finally": all]],
        ]
    }

    /// No step of the file has such an output. One that needs it itself has it only if it is given the option.
    private func wiredCondition(_ need: Need) -> Value {
        let all: Value = ["items": ["$ref": .text("#/definitions/\(need.definition)")]]
        let producers = producers(of: need)
        let sources: [Value] = [
            Self.step(of: producers.filter { !need.kinds.contains($0) }),
            Self.step(
                of: producers.filter(need.kinds.contains),
                with: ["anyOf": .list(need.names.map { ["required": [.text($0)]] })]),
        ]
        let none: Value = ["not": ["contains": ["anyOf": .list(sources)]]]
        return [
            "if": ["properties": ["with": unshared(need), "steps": none, "finally": none]],
            "then": ["properties": ["steps": all, "finally": all]],
        ]
    }

    private static func step(of kinds: [String], with options: Value? = nil) -> Value {
        var schema: [String: Value] = [
            "required": ["uses"], "properties": ["uses": ["enum": .list(kinds.map { .text($0) })]],
        ]
        if let options {
            schema["required"] = ["uses", "with"]
            schema["properties"] = ["uses": ["enum": .list(kinds.map { .text($0) })], "with": options]
        }
        return .object(schema)
    }

    private func firstStep(_ need: Need) -> Value {
        [
            "if": ["properties": ["with": unshared(need)]],
            "then": ["properties": ["steps": ["items": [["$ref": .text("#/definitions/\(need.definition)")]]]]],
        ]
    }

    /// The kinds whose steps can have an output to which one of the options is wired.
    private func producers(of need: Need) -> [String] {
        let outputs = { (kind: KindDescriptor) in Set(kind.outputs.map(\.name)) }
        return kinds.filter { $0.namesOutputs || !outputs($0).isDisjoint(with: need.names) }.map(\.name)
    }
}
