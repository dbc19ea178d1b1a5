/// What names in a pipeline file may look like.
enum NameRule {
    /// Letters, digits, `_` and `-`, not a digit or `-` first: what an expression can name.
    static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, first == "_" || isLetter(first) else { return false }
        return name.unicodeScalars.allSatisfy { isLetter($0) || isDigit($0) || $0 == "_" || $0 == "-" }
    }

    /// What environments can carry everywhere.
    static func isVariable(_ name: String) -> Bool {
        isIdentifier(name) && !name.contains("-")
    }

    static func isPipelineName(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, isLetter(first) || isDigit(first), name.utf8.count <= 100
        else { return false }
        return name.unicodeScalars.allSatisfy { isLetter($0) || isDigit($0) || " ._-".unicodeScalars.contains($0) }
    }

    /// Reads the name of an entry of `inputs`, `vars`, `secrets`.
    static func check(_ field: Node.Field, _ what: String, _ problems: ProblemList) -> Bool {
        if isIdentifier(field.key) { return true }
        problems.add(
            "`\(field.key)` cannot name \(what)", at: field.keyMark,
            help: "use letters, digits, `_` and `-`, with a letter or `_` first")
        return false
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}
