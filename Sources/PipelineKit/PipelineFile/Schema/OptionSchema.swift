extension OptionField {
    /// The JSON Schema of the option; any option that is not literal may also be an expression.
    var describedSchema: Value {
        var schema: [String: Value] = ["anyOf": [shape.told, OptionShape.expressionSchema]]
        if isLiteral || shape.takesAnyText, case .object(let own) = shape.told {
            schema = own
            if isLiteral, shape.takesAnyText {
                schema["pattern"] = .text(ExpressionPattern.none)
                schema["errorMessage"] = "an expression here could be a command: pass its value by `env`"
            }
        }
        schema["description"] = .text(description)
        if let defaultValue { schema["default"] = defaultValue }
        if let retired {
            schema["deprecated"] = true
            schema["deprecationMessage"] = .text("`\(name)` is retired: \(retired)")
        }
        return .object(schema)
    }

    private var description: String {
        isWired ? "\(help); if it is left out, the output `\(name)` of the nearest earlier step that has one" : help
    }
}

extension OptionShape {
    /// The shape of a mapping with these options.
    static func mapping(_ fields: [OptionField], _ rules: [OptionRule] = []) -> OptionShape {
        var schema = fields.schema(rules)
        let required = fields.filter { $0.isRequired && !$0.isWired }.map { Value.text($0.name) }
        if !required.isEmpty { schema["required"] = .list(required) }
        return OptionShape("a mapping of options", schema: .object(schema), accepts: [.object], fields: fields)
    }

    /// The JSON Schema of a text that contains an expression.
    static let expressionSchema: Value = ["type": "string", "pattern": "\\$\\{\\{"]

    /// The JSON Schema of a value that may also be an expression.
    public var orExpression: Value { takesAnyText ? told : ["anyOf": [told, Self.expressionSchema]] }

    /// The schema, with what an editor says of a text of the wrong form.
    fileprivate var told: Value {
        guard case .object(var told) = schema, told["pattern"] != nil else { return schema }
        told["errorMessage"] = .text("expected \(name)")
        return .object(told)
    }

    fileprivate var takesAnyText: Bool {
        if case .object(let schema) = schema { schema.takesAnyText } else { false }
    }
}

extension [OptionField] {
    /// The JSON Schema of a mapping with these options, of which none is required.
    func schema(_ rules: [OptionRule]) -> [String: Value] {
        var schema: [String: Value] = [
            "type": "object", "additionalProperties": false,
            "properties": .object(Dictionary(map { ($0.name, $0.describedSchema) }) { first, _ in first }),
        ]
        if !rules.isEmpty { schema["allOf"] = .list(rules.map(\.schema)) }
        return schema
    }
}

extension OptionRule {
    fileprivate var schema: Value {
        switch self {
        case .oneOf(let names): Self.oneOf(names, errorMessage: "set one of \(names.quoted)")
        case .excludes(let name, let others):
            [
                "if": ["required": [.text(name)]],
                "then": [
                    "properties": .object(Dictionary(others.map { ($0, false) }) { first, _ in first }),
                    "errorMessage": .text("not beside `\(name)`: take one of them out"),
                ],
            ]
        case .notEmpty(let name):
            ["properties": .object([name: ["minLength": 1, "minItems": 1]])]
        }
    }

    /// An editor tells the message of the part that is not met, not one of the whole.
    static func oneOf(_ names: [String], errorMessage: String) -> Value {
        let choices = names.map { Value.object(["required": [.text($0)], "errorMessage": .text(errorMessage)]) }
        return choices.count == 1 ? choices[0] : ["anyOf": .list(choices)]
    }
}

extension [String] {
    /// The names as a message lists them: "`a`, `b`".
    var quoted: String { map { "`\($0)`" }.joined(separator: ", ") }
}

extension [String: Value] {
    /// True for a schema of a scalar that can be any text.
    var takesAnyText: Bool {
        let types =
            switch self["type"] {
            case .text(let type): [Value.text(type)]
            case .list(let types): types
            default: [Value]()
            }
        return types.contains("string") && self["pattern"] == nil && self["enum"] == nil && self["const"] == nil
    }
}

extension Value {
    /// The schema with its expressions limited to what they may name at a place of the file.
    ///
    /// - Parameter place: nil if the file may have no expression there.
    func asSchema(in place: ExpressionCheck.Place?) -> Value {
        if self == OptionShape.expressionSchema { return place?.expressionReference ?? self }
        switch self {
        case .list(let schemas): return .list(schemas.map { $0.asSchema(in: place) })
        case .object(var schema):
            if place == nil, case .list(let choices) = schema["anyOf"], choices.count == 2,
                choices[1] == OptionShape.expressionSchema, case .object(let only) = choices[0]
            {
                schema["anyOf"] = nil
                schema.merge(only) { own, _ in own }
            }
            for (key, inner) in schema where !["default", "enum", "const", "examples"].contains(key) || inner.isSchema {
                schema[key] = inner.asSchema(in: place)
            }
            if schema.takesAnyText {
                var all: [Value] = if case .list(let all) = schema["allOf"] { all } else { [] }
                all.append(place?.textReference ?? ["$ref": "#/definitions/plain-text"])
                schema["allOf"] = .list(all)
            }
            return .object(schema)
        default: return self
        }
    }

    /// Tells an option that is named `default` from the keyword.
    private var isSchema: Bool {
        if case .object(let fields) = self { fields["description"] != nil } else { false }
    }
}

extension ExpressionCheck.Place {
    /// The definitions that `asSchema` refers to.
    static let definitions: [String: Value] = {
        var definitions: [String: Value] = [
            "plain-text": ["pattern": .text(ExpressionPattern.none), "errorMessage": "no expression can be here"]
        ]
        for place in [Self.value, .variable, .policy] {
            let message = Value.text(place.errorMessage)
            let pattern = ExpressionPattern(place: place)
            definitions[place.textName] = ["pattern": .text(pattern.text), "errorMessage": message]
            definitions[place.expressionName] = [
                "type": "string", "pattern": .text(pattern.textWithExpression), "errorMessage": message,
            ]
        }
        return definitions
    }()

    fileprivate var textReference: Value { ["$ref": .text("#/definitions/\(textName)")] }
    fileprivate var expressionReference: Value { ["$ref": .text("#/definitions/\(expressionName)")] }

    private var textName: String { "text-of-\(word)" }
    private var expressionName: String { "expression-of-\(word)" }

    private var word: String {
        switch self {
        case .value, .condition: "value"
        case .variable: "variable"
        case .policy: "policy"
        }
    }

    private var errorMessage: String {
        let names = KnownNames.contexts.filter(allows)
        return "this `${{ … }}` is empty or not closed, or has a name or a function that is not known here; there are: "
            + (names + ExpressionFunction.allCases.filter { !$0.isStatus }.map(\.rawValue)).joined(separator: ", ")
    }
}
