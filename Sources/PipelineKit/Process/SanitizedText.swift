/// Text of several lines from children, servers and file names, made harmless to show.
public enum SanitizedText {
    /// Each line as `SanitizedLine.clean` leaves it.
    public static func clean(_ text: String) -> String {
        guard text.utf8.contains(0x0A) else { return SanitizedLine.clean(text) }
        // By scalars: "\r\n" is one character, and no line break to a comparison by characters.
        return text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { SanitizedLine.clean(String($0)) }.joined(separator: "\n")
    }

    public static func clean(_ value: Value) -> Value {
        switch value {
        case .text(let text): .text(clean(text))
        case .list(let values): .list(values.map(clean))
        case .object(let fields): .object(fields.mapValues(clean))
        default: value
        }
    }
}
