public import PipelineKit

/// The outputs that a command writes: a list of names, whose values are texts, or a mapping of names to types.
public struct DeclaredOutputs: Hashable, Sendable {
    public struct Declaration: Hashable, Sendable {
        public var name: String
        public var type: PipelineInput.Kind
    }

    /// In the order of the file.
    public var declarations: [Declaration]

    public init(_ declarations: [Declaration]) {
        self.declarations = declarations
    }

    public subscript(name: String) -> Declaration? {
        declarations.first { $0.name == name }
    }
}

extension DeclaredOutputs: OptionValue {
    public static var shape: OptionShape {
        let type = PipelineInput.Kind.shape
        return OptionShape(
            "a list of names, or a mapping of names to types",
            schema: [
                "anyOf": [
                    ["type": "array", "items": String.shape.schema],
                    ["type": "object", "additionalProperties": type.orExpression],
                ]
            ], accepts: [.list, .object])
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> DeclaredOutputs? {
        guard let fields = node.fields else {
            return [String].read(node, problems).map { names in
                DeclaredOutputs(names.map { Declaration(name: $0, type: .string) })
            }
        }
        let declarations = fields.compactMap { field in
            PipelineInput.Kind.read(field.value, problems).map { Declaration(name: field.key, type: $0) }
        }
        return declarations.count == fields.count ? DeclaredOutputs(declarations) : nil
    }

    public var described: Value {
        if declarations.allSatisfy({ $0.type == .string }) { return .list(declarations.map { .text($0.name) }) }
        return .object(Dictionary(declarations.map { ($0.name, .text($0.type.rawValue)) }) { first, _ in first })
    }
}

extension DeclaredOutputs.Declaration {
    var field: OutputField {
        let type: ValueType =
            switch type {
            case .string: .text
            case .integer: .integer
            case .number: .number
            case .boolean: .bool
            }
        return OutputField(name: name, type: type, help: "written by the command")
    }

    /// Returns what the command wrote as a value of the declared type; nil if it is none.
    func value(of text: String) -> Value? {
        if type == .string { return .text(text) }
        // `wc -l` of some systems puts spaces before a number.
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count == 1, let word = words.first else { return nil }
        switch type {
        case .string: return .text(text)
        case .integer: return Int(word).map { .integer($0) }
        case .boolean: return Bool(word).map { .bool($0) }
        case .number:
            if let whole = Int(word) { return .integer(whole) }
            guard let number = Double(word), number.isFinite, !word.lowercased().contains("x") else { return nil }
            return .number(number)
        }
    }
}
