/// A known key and what follows it, if the colon between them or the blank after that is missing: `uses sync`,
/// `uses:sync`.
struct MissingColon {
    let key: String
    /// What follows the key; it may be empty.
    let rest: String

    /// The text as it was meant: `uses: sync`.
    var corrected: String { rest.isEmpty ? "\(key):" : "\(key): \(rest)" }

    /// - Returns: nil if the text is something else.
    init?(in text: some StringProtocol, among keys: [String]) {
        let word = text.prefix { $0 != " " && $0 != ":" }
        let rest = text[word.endIndex...]
        guard keys.contains(String(word)), !rest.hasPrefix(": "), rest != ":" else { return nil }
        key = String(word)
        self.rest = String(rest.drop { $0 == " " || $0 == ":" })
    }
}
