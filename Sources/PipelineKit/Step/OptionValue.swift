/// A type that an option can have: it reads itself from a node and describes itself.
public protocol OptionValue: Sendable {
    /// The type's name for people, and its JSON Schema.
    static var shape: OptionShape { get }

    /// Returns the value, or nil after adding to `problems` why there is none.
    static func read(_ node: Node, _ problems: ProblemList) -> Self?

    /// The value as JSON, for descriptions and defaults.
    var described: Value { get }
}

/// What an option's type is called and what it accepts.
public struct OptionShape: Sendable {
    /// The name with its article, as in "expected \(name)": "a whole number".
    public var name: String
    /// The JSON Schema (draft-07).
    public var schema: Value
    /// The types of an expression's value that can be read.
    public var accepts: Set<ValueType>
    /// The options inside it, or inside each element of a list.
    public var fields: [OptionField]
    public var isList: Bool

    public init(
        _ name: String, schema: Value, accepts: Set<ValueType>, fields: [OptionField] = [], isList: Bool = false
    ) {
        self.name = name
        self.schema = schema
        self.fields = fields
        self.isList = isList
        self.accepts = accepts.union([.null])
    }

    public func refuse(_ node: Node, _ problems: ProblemList, help: String? = nil) {
        switch node.content {
        case .scalar(let text, plain: _) where !text.isEmpty:
            problems.add("expected \(name), found `\(text)`", at: node.mark, help: help)
        default:
            problems.add("expected \(name), found \(node.describedKind)", at: node.mark, help: help)
        }
    }
}

extension OptionValue {
    /// Reads a scalar by converting its text.
    static func read(_ node: Node, _ problems: ProblemList, by convert: (String) -> Self?) -> Self? {
        if case .scalar(let text, plain: _) = node.content, let value = convert(text) { return value }
        shape.refuse(node, problems)
        return nil
    }
}

extension String: OptionValue {
    public static var shape: OptionShape {
        OptionShape(
            "text", schema: ["type": ["string", "number", "boolean"]], accepts: [.text, .integer, .number, .bool])
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> String? {
        guard case .scalar(let text, let plain) = node.content, !(text.isEmpty && plain) else {
            shape.refuse(node, problems)
            return nil
        }
        return text
    }

    public var described: Value { .text(self) }
}

extension Bool: OptionValue {
    public static var shape: OptionShape {
        OptionShape(
            "`true` or `false`", schema: ["type": ["boolean", "string"], "pattern": "^(?:true|false)$"],
            accepts: [.bool])
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> Bool? {
        read(node, problems) { Bool($0) }
    }

    public var described: Value { .bool(self) }
}

extension Int: OptionValue {
    public static var shape: OptionShape {
        OptionShape(
            "a whole number", schema: ["type": ["integer", "string"], "pattern": "^(?:0|-?[1-9][0-9]*)$"],
            accepts: [.integer])
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> Int? {
        // Int("+3") and leading zeros would pass, and 010 means 8 to some readers of YAML.
        if case .scalar(let text, plain: _) = node.content, let value = Int(text), String(value) != text {
            problems.add("expected \(shape.name), found `\(text)`", at: node.mark, help: "write `\(value)`")
            return nil
        }
        return read(node, problems) { Int($0) }
    }

    public var described: Value { .integer(self) }
}

extension Double: OptionValue {
    public static var shape: OptionShape {
        OptionShape(
            "a number",
            schema: [
                "type": ["number", "string"],
                "pattern": "^[-+]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][-+]?[0-9]+)?$",
            ], accepts: [.number, .integer])
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> Double? {
        read(node, problems) { text in
            guard let value = Double(text), value.isFinite, !text.lowercased().contains("x") else { return nil }
            return value
        }
    }

    public var described: Value { .number(self) }
}

extension Optional: OptionValue where Wrapped: OptionValue {
    public static var shape: OptionShape { Wrapped.shape }

    public static func read(_ node: Node, _ problems: ProblemList) -> Wrapped?? {
        Wrapped.decode(node, problems).map { .some($0) }
    }

    public var described: Value { self?.described ?? .null }
}

extension Array: OptionValue where Element: OptionValue {
    public static var shape: OptionShape {
        OptionShape(
            "a list (each \(Element.shape.name))", schema: ["type": "array", "items": Element.shape.orExpression],
            accepts: [.list], fields: Element.shape.fields, isList: true)
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> [Element]? {
        guard case .sequence(let nodes) = node.content else {
            shape.refuse(node, problems, help: node.asElement.map { "write a list: `[\($0)]`" })
            return nil
        }
        let elements = nodes.map { Element.decode($0, problems) }
        return elements.contains { $0 == nil } ? nil : elements.compactMap { $0 }
    }

    public var described: Value { .list(map(\.described)) }
}

extension Node {
    /// A scalar as it can be written between brackets. Plain text there must not have brackets or braces of its own.
    fileprivate var asElement: String? {
        guard case .scalar(let text, let plain) = content, !text.isEmpty else { return nil }
        return plain && !text.contains(where: { "[]{}".contains($0) }) ? text : Value.text(text).json
    }
}

extension Dictionary: OptionValue where Key == String, Value: OptionValue {
    public static var shape: OptionShape {
        OptionShape(
            "a mapping of names to \(Value.shape.name)",
            schema: ["type": "object", "additionalProperties": Value.shape.orExpression], accepts: [.object])
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> [String: Value]? {
        guard let fields = node.fields else {
            shape.refuse(node, problems)
            return nil
        }
        var values: [String: Value] = [:]
        for field in fields {
            values[field.key] = Value.decode(field.value, problems)
        }
        return values.count == fields.count ? values : nil
    }

    public var described: PipelineKit.Value { .object(mapValues(\.described)) }
}

/// An option with a fixed set of words: a `String` enum that lists its cases.
public protocol OptionChoice: OptionValue, CaseIterable, RawRepresentable where RawValue == String {}

extension OptionChoice {
    public static var shape: OptionShape {
        let words = allCases.map(\.rawValue)
        return OptionShape(
            "one of " + words.map { "`\($0)`" }.joined(separator: ", "),
            schema: ["type": "string", "enum": .list(words.map { .text($0) })], accepts: [.text])
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> Self? {
        guard case .scalar(let text, plain: _) = node.content else {
            shape.refuse(node, problems)
            return nil
        }
        if let value = Self(rawValue: text) { return value }
        let nearest = Suggestion.nearest(to: text, among: allCases.map(\.rawValue))
        problems.add(
            "expected \(shape.name), found `\(text)`", at: node.mark, help: nearest.map { "did you mean `\($0)`?" })
        return nil
    }

    public var described: Value { .text(rawValue) }
}
