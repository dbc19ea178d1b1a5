internal import TextCoding

/// The rules for names in a pipeline file.
enum NameRule {
    /// True for letters, digits, `_` and `-`, without a digit or `-` first: an expression can use such a name.
    static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, first == "_" || first.isASCIILetter else { return false }
        return name.unicodeScalars.allSatisfy { $0.isASCIIAlphanumeric || $0 == "_" || $0 == "-" }
    }

    /// True for names that every environment can carry.
    static func isVariable(_ name: String) -> Bool {
        isIdentifier(name) && !name.contains("-")
    }

    static func isPipelineName(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, first.isASCIIAlphanumeric, name.utf8.count <= 100
        else { return false }
        return name.unicodeScalars.allSatisfy { $0.isASCIIAlphanumeric || " ._-".unicodeScalars.contains($0) }
    }

    /// Reads the name of an entry of `inputs`, `vars`, `secrets`.
    static func check(_ field: Node.Field, _ what: String, _ problems: ProblemList) -> Bool {
        if isIdentifier(field.key) { return true }
        problems.add(
            "`\(field.key)` is not a valid name for \(what)", at: field.keyMark,
            help: "use letters, digits, `_` and `-`, with a letter or `_` first")
        return false
    }
}
