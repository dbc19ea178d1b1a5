internal import PipelineKit

extension JSONDocument {
    /// What `runner steps` tells of kinds.
    static func kinds(_ pages: [KindPage]) -> JSONDocument {
        JSONDocument(schema: "runner.steps/1", type: "steps", fields: ["kinds": .list(pages.map(\.fields))])
    }
}

extension KindPage {
    fileprivate var fields: Value {
        [
            "kind": .text(kind.name), "summary": .text(kind.summary), "example": .text(kind.example),
            "rollback": .text(kind.undoing), "details": .list(kind.details.map { .text($0) }),
            "timeout-ms": .integer((kind.timeout ?? PipelineStep.standardTimeout).inMilliseconds),
            "rollback-timeout-ms": .integer((kind.rollbackTimeout ?? PipelineStep.standardTimeout).inMilliseconds),
            "options": .list(
                options.map { option in
                    [
                        "name": .text(option.name), "type": .text(option.shape.name), "help": .text(option.help),
                        "required": .bool(option.isRequired), "wired": .bool(option.isWired),
                        "default": option.defaultValue ?? .null,
                    ]
                }),
            "outputs": .list(
                outputs.map { output in
                    ["name": .text(output.name), "type": .text(output.type.rawValue), "help": .text(output.help)]
                }),
        ]
    }
}
