internal import PipelineKit

/// What can name a release: `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`. It becomes a folder, a part of URLs and an argument of
/// commands, and git accepts tags such as `v$(id)`, `-rf` or `%2e%2e`.
enum ReleaseName {
    /// - Returns: what is wrong with it, as the end of a sentence, or nil.
    static func problem(of name: String) -> String? {
        guard let first = name.unicodeScalars.first else { return "it is empty" }
        if let bad = name.unicodeScalars.first(where: { !isLetterOrDigit($0) && !"._-".unicodeScalars.contains($0) }) {
            return "it has \(shown(bad)) in it"
        }
        if !isLetterOrDigit(first) { return "it starts with \(shown(first))" }
        if name.utf8.count > 128 { return "it has \(name.utf8.count) characters, and 128 is the most" }
        return nil
    }

    static func refusal(_ what: String, _ name: String) -> StepError {
        StepError(
            "bad-version",
            "the \(what) `\(PlainLine.clean(name))` cannot name a release: \(problem(of: name) ?? "it is too long")",
            help:
                "a name has letters, digits, `.`, `_` and `-`, and starts with a letter or digit: tag the commit with "
                + "such a name, or choose other tags with `match`")
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: false
        }
    }

    private static func shown(_ scalar: Unicode.Scalar) -> String {
        let visible = scalar.isASCII && scalar.value > 0x20 && scalar.value != 0x7F && scalar != "`"
        return visible ? "`\(scalar)`" : "U+\(String(scalar.value, radix: 16, uppercase: true))"
    }
}
