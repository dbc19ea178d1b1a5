/// The JSON Schema (draft-07) of the pipeline file, made from the registered kinds, for editors.
public enum PipelineSchema {
    /// Returns the schema as one line of JSON.
    public static func json(_ registry: StepRegistry) -> String {
        schema(registry).json
    }

    static func schema(_ registry: StepRegistry) -> Value {
        let kinds = registry.names.compactMap { registry[$0] }
        let steps: Value = ["type": "array", "minItems": 1, "items": ["$ref": "#/definitions/step"]]
        return [
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "A pipeline of runner",
            "type": "object",
            "required": ["version", "name", "steps"],
            "additionalProperties": false,
            "patternProperties": ["^x-": [:]],
            "properties": [
                "version": ["const": 1],
                "name": ["type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9 ._-]*$"],
                "inputs": names(of: input),
                "vars": names(of: ["type": ["string", "number", "boolean"]]),
                "secrets": names(of: secret),
                "with": shared(kinds),
                "timeout": Duration.shape.orExpression,
                "concurrency": concurrency,
                "journal": ["const": "local"],
                "defaults": mapping(["timeout": Duration.shape.orExpression, "retry": RetryOptions.shape.schema]),
                "on-failure": FailurePolicy.shape.orExpression,
                "steps": steps,
                "finally": steps,
            ],
            "definitions": ["step": step(kinds)],
        ]
    }

    private static func mapping(_ properties: [String: Value]) -> Value {
        ["type": "object", "additionalProperties": false, "properties": .object(properties)]
    }

    private static func names(of value: Value) -> Value {
        [
            "type": "object", "propertyNames": ["pattern": "^[A-Za-z_][A-Za-z0-9_-]*$"],
            "additionalProperties": value,
        ]
    }

    private static let text: Value = ["type": "string"]

    private static var input: Value {
        let scalar: Value = ["type": ["string", "number", "boolean"]]
        return mapping([
            "type": PipelineInput.Kind.shape.schema, "enum": ["type": "array", "items": scalar], "default": scalar,
            "env": text, "description": text,
        ])
    }

    private static var secret: Value {
        [
            "type": "object", "additionalProperties": false,
            "properties": [
                "env": text, "file": text, "optional": ["type": "boolean"],
                "default": ["type": ["string", "number", "boolean"]],
            ],
            "oneOf": [["required": ["env"]], ["required": ["file"]]],
            "not": ["required": ["optional", "default"]],
        ]
    }

    private static var concurrency: Value {
        ["anyOf": [["const": "none"], mapping(["wait": Duration.shape.orExpression])]]
    }

    /// Returns the schema of the file's `with`: the options of all kinds.
    private static func shared(_ kinds: [KindDescriptor]) -> Value {
        var options: [String: [Value]] = [:]
        for field in kinds.flatMap({ $0.options })
        where options[field.name]?.contains(field.describedSchema) != true {
            options[field.name, default: []].append(field.describedSchema)
        }
        return mapping(options.mapValues { $0.count == 1 ? $0[0] : ["anyOf": .list($0)] })
    }

    private static func step(_ kinds: [KindDescriptor]) -> Value {
        let rollback: Value = [
            "anyOf": [
                ["type": "boolean"],
                mapping([
                    "timeout": Duration.shape.orExpression,
                    "steps": ["type": "array", "minItems": 1, "items": ["$ref": "#/definitions/step"]],
                ]),
            ]
        ]
        let properties: [String: Value] = [
            "id": ["type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$"],
            "uses": ["enum": .list(kinds.map { .text($0.name) })],
            "with": ["type": "object"],
            "env": [
                "type": "object", "propertyNames": ["pattern": "^[A-Za-z_][A-Za-z0-9_]*$"],
                "additionalProperties": ["type": ["string", "number", "boolean", "null"]],
            ],
            "if": ["type": ["string", "boolean"]],
            "continue-on-error": Bool.shape.orExpression,
            "on-failure": ["const": "rollback"],
            "retry": RetryOptions.shape.schema,
            "timeout": Duration.shape.orExpression,
            "rollback": rollback,
        ]
        guard case .object(var schema) = mapping(properties) else { return [:] }
        schema["required"] = ["uses"]
        if !kinds.isEmpty { schema["allOf"] = .list(kinds.map(condition)) }
        return .object(schema)
    }

    /// Returns the schema of one kind's options. None is required, because shared and wired ones are given elsewhere.
    private static func condition(_ kind: KindDescriptor) -> Value {
        let options = kind.options.map { ($0.name, $0.describedSchema) }
        return [
            "if": ["properties": ["uses": ["const": .text(kind.name)]]],
            "then": [
                "description": .text(kind.summary),
                "properties": ["with": mapping(Dictionary(options) { first, _ in first })],
            ],
        ]
    }
}
