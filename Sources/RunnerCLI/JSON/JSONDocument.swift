internal import PipelineKit
internal import TextCoding

/// One line of JSON that says of what form it is.
struct JSONDocument {
    /// Name and version of the form, such as `runner.event/1`.
    var schema: String
    var type: String
    /// What every document of the schema has, in this order.
    var head: [(name: String, value: Value)] = []
    var fields: [String: Value]

    /// `schema` and `type` come first, then `head`, then the other fields by name.
    var line: String {
        let first = [("schema", .text(schema)), ("type", .text(type))] + head
        let start = first.map { "\(Value.text($0.0).json):\($0.1.json)" }.joined(separator: ",")
        let rest = Value.object(fields).json.dropFirst()
        return Self.harmless("{" + start + (fields.isEmpty ? "" : ",") + rest)
    }

    /// What terminals and CI systems would obey is escaped: it can only stand inside of strings.
    private static func harmless(_ json: String) -> String {
        guard json.utf8.contains(where: { $0 >= 0x7F || $0 == 0x23 }) else { return json }
        var out = String.UnicodeScalarView()
        for scalar in json.unicodeScalars {
            switch scalar {
            case "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
                out += JSONText.escape(scalar).unicodeScalars
            case "#" where out.last == "#": out += JSONText.escape(scalar).unicodeScalars
            default: out.append(scalar)
            }
        }
        return String(out)
    }
}

extension JSONDocument {
    /// Why a command did nothing, or not all that it was asked for.
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
