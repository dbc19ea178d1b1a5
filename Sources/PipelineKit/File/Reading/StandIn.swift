/// Private-use characters that take the place of others while the YAML parser reads a file.
///
/// - An alias becomes plain text (`*name` loses its star): the parser then has nothing to multiply, and aliases are
///   followed here, under limits. Nothing else in the file changes, not even a column.
/// - The first of two equal keys gets another first character: the parser stops at the first pair that it meets and
///   tells one place only.
///
/// What was replaced is put back in every scalar.
struct StandIn {
    /// In place of the star of an alias.
    static let star: Unicode.Scalar = "\u{E000}"
    private static let firstKey: UInt32 = 0xE001
    /// More pairs of equal keys than this are told one run of the reader after the other.
    static let mostKeys = 16
    /// No file may contain these.
    static let all = star.value..<(firstKey + UInt32(mostKeys))

    private(set) var lines: [[Unicode.Scalar]]
    private var originals: [Unicode.Scalar: Unicode.Scalar] = [star: "*"]

    init(_ source: SourceText) {
        lines = source.lines
        for row in lines.indices {
            for column in lines[row].indices.dropLast()
            where lines[row][column] == "*" && Self.isInName(lines[row][column + 1]) {
                lines[row][column] = Self.star
            }
        }
    }

    /// What an alias or anchor can be called.
    static func isInName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
        default: false
        }
    }

    var text: String {
        var text = String.UnicodeScalarView()
        for line in lines {
            text.append(contentsOf: line)
            text.append("\n")
        }
        return String(text)
    }

    /// Makes the key at a mark differ from every other.
    ///
    /// - Returns: false where that would change more than the key.
    mutating func renameKey(at mark: SourceMark) -> Bool {
        guard originals.count <= Self.mostKeys, lines.indices.contains(mark.line - 1) else { return false }
        let (row, start) = (mark.line - 1, mark.column - 1)
        guard lines[row].indices.contains(start),
            let standIn = Unicode.Scalar(Self.firstKey + UInt32(originals.count - 1))
        else { return false }
        let isQuoted = lines[row][start] == "'" || lines[row][start] == "\""
        let column = isQuoted ? start + 1 : start
        guard lines[row].indices.contains(column) else { return false }
        let old = lines[row][column]
        guard
            isQuoted ? !"'\"\\".unicodeScalars.contains(old) : !"&!*?:[]{},|>\(Self.star)".unicodeScalars.contains(old)
        else { return false }
        lines[row][column] = standIn
        originals[standIn] = old
        return true
    }

    /// The text as the file has it.
    func restore(_ text: String) -> String {
        // Every stand-in starts with this byte in UTF-8.
        guard text.utf8.contains(0xEE) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { originals[$0] ?? $0 }))
    }
}
