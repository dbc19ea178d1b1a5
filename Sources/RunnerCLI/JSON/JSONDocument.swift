internal import PipelineKit

/// One line of JSON that names its schema.
struct JSONDocument {
    /// Name and version, such as `runner.event/1`.
    var schema: String
    var type: String
    /// Fields that every document of the schema has, in this order.
    var head: [(name: String, value: Value)] = []
    var fields: [String: Value]

    /// `schema` and `type` come first, then `head`, then the other fields by name.
    var line: String {
        let first = [("schema", .text(schema)), ("type", .text(type))] + head
        let start = first.map { "\(Value.text($0.0).json):\($0.1.json)" }.joined(separator: ",")
        let rest = Value.object(fields).json.dropFirst()
        return SanitizedJSON.clean("{" + start + (fields.isEmpty ? "" : ",") + rest)
    }
}

extension JSONDocument {
    /// Why a command did nothing, or only a part.
    static func error(_ error: any Error, exit: Exit) -> JSONDocument {
        JSONDocument(
            schema: "runner.error/1", type: "error",
            fields: ["error": ErrorRecord(error).document, "exit-code": .integer(exit.rawValue)])
    }
}

extension ErrorRecord {
    var document: Value {
        [
            "code": .text(code), "message": .text(SanitizedText.clean(message)),
            "help": .text(help.map(SanitizedText.clean)),
        ]
    }
}

extension Value {
    /// Null for nil.
    static func text(_ text: String?) -> Value { text.map { .text($0) } ?? .null }
}
