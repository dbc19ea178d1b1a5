/// Makes text of several lines, from children, servers and file names, harmless to show.
public enum SanitizedText {
    /// Applies `SanitizedLine.clean` to each line.
    public static func clean(_ text: String) -> String { clean(text, keepsStyle: false) }

    /// Does the same, and keeps the codes for bold, dim and the six colours, which hide nothing.
    public static func cleanButStyle(_ text: String) -> String { clean(text, keepsStyle: true) }

    private static func clean(_ text: String, keepsStyle: Bool) -> String {
        guard text.utf8.contains(0x0A) else { return SanitizedLine.clean(text, keepsStyle: keepsStyle) }
        // It splits by scalars: "\r\n" is one character, and does not equal a line break if characters are compared.
        return text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { SanitizedLine.clean(String($0), keepsStyle: keepsStyle) }.joined(separator: "\n")
    }

    public static func clean(_ value: Value) -> Value { value.mapTexts(clean) }
}
