/// The JSON Schema (draft-07) of the pipeline file, made from the registered kinds, for editors.
///
/// What it refuses, the runner refuses as well. `errorMessage`, `defaultSnippets` and `markdownEnumDescriptions` are no
/// part of draft-07; editors with the YAML language server show them, and others pass over them.
///
/// It is long because it has one description for each key of the file, in the order of a file.
public enum PipelineSchema {
    /// Returns the schema as one line of JSON.
    public static func json(_ registry: StepRegistry) -> String {
        schema(registry).json
    }

    static func schema(_ registry: StepRegistry) -> Value {
        let kinds = registry.names.compactMap { registry[$0] }
        let missing = MissingOptions(kinds: kinds)
        var definitions = ExpressionCheck.Place.definitions.merging(missing.definitions) { first, _ in first }
        for kind in kinds { definitions[name(of: kind)] = options(of: kind) }
        definitions["step"] = step(kinds)
        let properties = properties(kinds)
        return [
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "A pipeline of runner",
            "description": "What a run does: steps in order, and what happens if one of them fails.",
            "type": "object",
            "required": ["version", "name", "steps"],
            "additionalProperties": false,
            "patternProperties": ["^x-": ["description": "Free for YAML anchors: the runner passes over it."]],
            "properties": .object(properties),
            "allOf": .list(missing.conditions),
            "definitions": .object(definitions),
        ]
    }

    private static func properties(_ kinds: [KindDescriptor]) -> [String: Value] {
        let name = "^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$"
        return [
            "version": ["enum": [1, "1"], "description": "The version of this file's format: `1`.", "default": 1],
            "name": [
                "type": ["string", "number", "boolean"], "pattern": .text(name), "examples": ["deploy"],
                "errorMessage": "a name has letters, digits, spaces, `.`, `_` and `-`, with a letter or digit first",
                "description": "What the pipeline is called, in lists of runs and in reports.",
            ],
            "inputs": names(
                of: InputsReader.Declaration.shape.schema.asSchema(in: nil),
                "Values that a run is given: `-i name=value`, an environment variable, or the default. "
                    + "Elsewhere in the file an input is `${{ inputs.NAME }}`.",
                examples: [["environment": ["enum": ["staging", "production"], "default": "staging"]]]),
            "vars": names(
                of: scalar(in: .variable, "Text, computed once; it may use the variables above it."),
                "Texts that are computed once when a run begins: `${{ vars.NAME }}`.",
                examples: [["site": "/srv/www/${{ inputs.environment }}"]]),
            "secrets": names(
                of: SecretsReader.Declaration.shape.schema.asSchema(in: nil),
                "Where secrets are found, never their values. A secret is `${{ secrets.NAME }}`, and masked in all output.",
                examples: [["hook": ["env": "CHAT_HOOK", "optional": true]]]),
            "with": shared(kinds),
            "timeout": limit("Of all steps together; rollbacks are not counted.", "30m"),
            "concurrency": concurrency,
            "journal": described(
                PolicyReader.Journal.shape.orExpression.asSchema(in: .policy),
                "`local`: the journal of a run stays on this machine. Without it, a store in a bucket keeps a copy."),
            "state": described(
                PolicyReader.StateURL.shape.orExpression.asSchema(in: .policy),
                "The bucket that keeps the copies of journals, if not everybody who may read the store may read them: "
                    + "`s3://bucket/prefix`."),
            "defaults": defaults,
            "on-unfinished": described(
                UnfinishedPolicy.shape.orExpression.asSchema(in: .policy),
                "If another run of the store did not end: `recover` finishes it first, forward or back; `stop` ends this one "
                    + "before it changes anything.",
                default: "recover"),
            "on-failure": described(
                FailurePolicy.shape.orExpression.asSchema(in: .policy),
                "If a step fails: `rollback` takes back what the run has changed; `stop` leaves everything as it is.",
                default: "rollback"),
            "steps": steps(["$ref": "#/definitions/step"], "What the pipeline does, in this order."),
            "finally": steps(
                withoutRollback,
                "Steps that run in any case, at the end; they see how the run went, and are not rolled back."),
        ]
    }

    private static func described(_ schema: Value, _ text: String, default value: Value? = nil) -> Value {
        guard case .object(var fields) = schema else { return schema }
        fields["description"] = .text(text)
        if let value { fields["default"] = value }
        return .object(fields)
    }

    private static func mapping(_ properties: [String: Value], _ description: String) -> Value {
        [
            "type": "object", "additionalProperties": false, "properties": .object(properties),
            "description": .text(description),
            "errorMessage": .text("a mapping with the keys \(properties.keys.sorted().quoted)"),
        ]
    }

    private static func names(of value: Value, _ description: String, examples: [Value]) -> Value {
        [
            "type": "object",
            "propertyNames": [
                "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$",
                "errorMessage": "a name has letters, digits, `_` and `-`, with a letter or `_` first",
            ],
            "additionalProperties": value, "description": .text(description), "examples": .list(examples),
        ]
    }

    private static func steps(_ step: Value, _ description: String) -> Value {
        ["type": "array", "minItems": 1, "items": step, "description": .text(description)]
    }

    private static func scalar(in place: ExpressionCheck.Place, _ description: String) -> Value {
        let scalar: Value = ["type": ["string", "number", "boolean", "null"], "description": .text(description)]
        return scalar.asSchema(in: place)
    }

    private static func limit(_ description: String, _ example: Value) -> Value {
        var schema: [String: Value] = ["type": "string"]
        if case .object(let own) = Duration.shape.schema { schema = own }
        schema.merge(Duration.moreThanNothing) { own, _ in own }
        let shape = OptionShape(Duration.shape.name, schema: .object(schema), accepts: [.text])
        guard case .object(var limit) = shape.orExpression.asSchema(in: .policy) else { return [:] }
        limit["description"] = .text(description)
        limit["examples"] = [example]
        return .object(limit)
    }

    private static var concurrency: Value {
        [
            "description":
                "What happens while another run has the store: by default this one waits for ten minutes; `none` takes no lease.",
            "anyOf": [["enum": ["none"]], PolicyReader.Lease.shape.schema.asSchema(in: .policy)],
            "examples": [["wait": "10m"]],
        ]
    }

    private static var retry: Value {
        described(
            RetryOptions.shape.schema.asSchema(in: .policy),
            "How often a failed attempt is repeated, after which errors, and how long it waits in between.")
    }

    private static var defaults: Value {
        mapping(
            ["timeout": limit("Of one attempt, if neither the step nor its kind says it.", "5m"), "retry": retry],
            "Policies of every step that has none of its own.")
    }

    /// `finally`, and the steps that replace a rollback.
    private static var withoutRollback: Value {
        [
            "allOf": [
                ["$ref": "#/definitions/step"],
                [
                    "properties": ["rollback": false, "on-failure": false],
                    "errorMessage": "nothing that is done here is rolled back: leave it out",
                ],
            ]
        ]
    }

    private static func name(of kind: KindDescriptor) -> String { "options-of-\(kind.name)" }

    /// Returns the schema of one kind's options. None is required: they may be shared or wired.
    private static func options(of kind: KindDescriptor) -> Value {
        let rules = kind.rules.filter { if case .oneOf = $0 { false } else { true } }
        var schema = kind.options.schema(rules)
        schema["errorMessage"] = .text(
            kind.options.isEmpty
                ? "`\(kind.name)` has no options"
                : "`\(kind.name)` has the options \(kind.options.map(\.name).sorted().quoted)")
        return Value.object(schema).asSchema(in: .value)
    }

    /// Returns the schema of the file's `with`: the options of all kinds.
    private static func shared(_ kinds: [KindDescriptor]) -> Value {
        var names: [String] = []
        var uses: [String: [(kind: KindDescriptor, field: OptionField)]] = [:]
        for kind in kinds {
            for field in kind.options {
                if uses[field.name] == nil { names.append(field.name) }
                uses[field.name, default: []].append((kind, field))
            }
        }
        let properties = names.map { name -> (String, Value) in
            var shapes: [Value] = []
            var choices: [Value] = []
            for use in uses[name] ?? [] where !shapes.contains(use.field.shape.schema) {
                shapes.append(use.field.shape.schema)
                choices.append(["$ref": .text("#/definitions/\(self.name(of: use.kind))/properties/\(name.asPointer)")])
            }
            let kinds = (uses[name] ?? []).map(\.kind.name)
            let help = uses[name]?.first?.field.help ?? ""
            return (
                name,
                [
                    (choices.count == 1 ? "allOf" : "anyOf"): .list(choices),
                    "description": .text("\(help) (for every \(kinds.quoted))"),
                ]
            )
        }
        return [
            "type": "object", "additionalProperties": false,
            "properties": .object(Dictionary(properties) { first, _ in first }),
            "description":
                "Options that are given to every step whose kind has an option of the name, unless the step sets it itself.",
            "errorMessage": "no kind has an option of this name", "examples": [["store": "/srv/www/my-site"]],
        ]
    }

    private static func step(_ kinds: [KindDescriptor]) -> Value {
        let keys: [String: Value] = [
            "id": [
                "type": ["string", "number", "boolean"], "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$", "examples": ["switch"],
                "errorMessage": "an id has letters, digits, `_` and `-`, with a letter or `_` first",
                "description":
                    "A name for expressions, such as `${{ steps.ID.outputs.NAME }}`; without one it is the kind with a number: `sync-1`.",
            ],
            "uses": [
                "enum": .list(kinds.map { .text($0.name) }),
                "markdownEnumDescriptions": .list(kinds.map { .text($0.summary) }),
                "description": "The kind of step: what it does.",
            ],
            "with": [
                "type": "object",
                "description": "The options of the kind that `uses` names.",
            ],
            "env": [
                "type": "object",
                "propertyNames": [
                    "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
                    "errorMessage": "a variable has letters, digits and `_`, with no digit first",
                ],
                "additionalProperties": scalar(in: .value, "The variable's value."),
                "description": "Environment variables for the processes that the step starts.",
                "examples": [["TOKEN": "${{ secrets.token }}"]],
            ],
            "if": [
                "type": ["string", "boolean"], "pattern": .text(ExpressionPattern(place: .condition).condition),
                "errorMessage":
                    "an expression such as `inputs.NAME == 'value'`: this one is empty, or has a name or a function that is not known here",
                "examples": ["inputs.environment == 'production'", "failure()"],
                "description": "Runs the step only if this is true: an expression, with or without `${{ }}`.",
            ],
            "continue-on-error": described(
                Bool.shape.orExpression.asSchema(in: .policy),
                "If true, a failure is recorded and does not fail the run.",
                default: false),
            "on-failure": described(
                StepReader.StepFailurePolicy.shape.orExpression.asSchema(in: .policy),
                "`rollback`: every failure of the step takes the run back, also one that would let the run continue without an answer."
            ),
            "retry": retry,
            "timeout": limit(
                "Of one attempt of looking and of running each; else the kind's own, else the file's `defaults`, else 10m.",
                "5m"),
            "rollback": rollback,
        ]
        guard case .object(var schema) = mapping(keys, "One step: a kind, its options, and the policies around it.")
        else { return [:] }
        schema["required"] = ["uses"]
        schema["errorMessage"] = .text("a step has `uses: <kind>`, and may have \(keys.keys.sorted().quoted)")
        schema["defaultSnippets"] = .list(kinds.map(snippet))
        if !kinds.isEmpty { schema["allOf"] = .list(kinds.map(condition)) }
        return .object(schema)
    }

    private static var rollback: Value {
        [
            "description":
                "How the step is taken back: `true` as its kind does it; `false` not at all; `timeout` limits it; `steps` are run instead.",
            "default": true,
            "anyOf": [
                Bool.shape.orExpression.asSchema(in: .policy),
                mapping(
                    [
                        "timeout": limit("Of one attempt to take the step back.", "5m"),
                        "steps": steps(withoutRollback, "Steps that are run instead of the kind's own rollback."),
                    ], "How the step is taken back."),
            ],
        ]
    }

    /// Returns what an editor proposes for a new step: the kind with the options that it always needs.
    private static func snippet(_ kind: KindDescriptor) -> Value {
        let needed = kind.options.filter { $0.isRequired && !$0.isWired }.map(\.name)
        var body: [String: Value] = ["uses": .text(kind.name)]
        if !needed.isEmpty {
            let options = needed.enumerated().map { ($1, Value.text("${\($0 + 1):\($1)}")) }
            body["with"] = .object(Dictionary(options) { first, _ in first })
        }
        return ["label": .text(kind.name), "description": .text(kind.summary), "body": .object(body)]
    }

    /// Ties the options of one kind to a step that names it. Only one such condition is met by a step, so an editor
    /// tells what is wrong with this kind's options instead of that none of all the kinds fits.
    private static func condition(_ kind: KindDescriptor) -> Value {
        [
            "if": ["required": ["uses"], "properties": ["uses": ["const": .text(kind.name)]]],
            "then": [
                "description": .text("`\(kind.name)` \(kind.summary)."),
                "properties": [
                    "with": [
                        "allOf": [["$ref": .text("#/definitions/\(name(of: kind))")]],
                        "description": .text("The options of `\(kind.name)`, which \(kind.summary)."),
                    ]
                ],
            ],
        ]
    }
}

extension String {
    /// The name as a part of a JSON pointer in a fragment.
    fileprivate var asPointer: String {
        replacing("~", with: "~0").replacing("/", with: "~1")
    }
}
