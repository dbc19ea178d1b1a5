/// What the YAML parser refused, in words that help to fix it.
struct YAMLFault {
    private let message: String
    private let mark: SourceMark
    private let help: String

    init(_ error: YAMLSyntaxError, in source: SourceText) {
        if let (value, mark) = Self.expression(at: error.mark, in: source) {
            message = "an expression between braces or brackets must be in quotes"
            (self.mark, help) = (mark, "quote it: `\(Value.text(value).json)`")
            return
        }
        let start = error.context?.mark
        let whole =
            error.context.map {
                $0.mark.line == error.mark.line ? "" : ", \($0.text) that starts in line \($0.mark.line)"
            }
            ?? ""
        message = "this is not YAML: \(error.problem)\(whole)"
        // If something is still open at the end of the file, the mark is where it starts; within a line, the missing
        // part is easy to see.
        let isAtEnd = error.mark.line >= source.end.line && source[error.mark] == nil
        let opened = error.context.flatMap {
            isAtEnd || $0.mark.line != error.mark.line ? Self.opener($0.text, at: $0.mark, in: source) : nil
        }
        mark = (opened != nil && isAtEnd ? start : nil) ?? error.mark
        help = opened ?? Self.help(at: error.mark, in: source)
    }

    /// Returns the help for a bracket or quote that is not closed. Other things being parsed can begin with a quote
    /// without lacking one.
    private static func opener(_ context: String, at start: SourceMark, in source: SourceText) -> String? {
        switch context {
        case "while parsing a flow mapping": return "close the `{` of line \(start.line) with `}`"
        case "while parsing a flow sequence": return "close the `[` of line \(start.line) with `]`"
        case "while scanning a quoted scalar":
            let quote = source[start].map { String($0) } ?? "\""
            return "close the quote of line \(start.line) with `\(quote)`"
        default: return nil
        }
    }

    func report(to problems: ProblemList) {
        problems.add(message, at: mark, help: help)
    }

    /// The value whose expression has no quotes, if that is why the parser has stopped. Within braces or brackets it takes
    /// the first brace of `${{` for one of its own.
    private static func expression(at mark: SourceMark, in source: SourceText) -> (text: String, SourceMark)? {
        guard source.lines.indices.contains(mark.line - 1) else { return nil }
        let line = source.lines[mark.line - 1]
        let brace = mark.column - 1
        guard brace > 0, brace + 1 < line.count, line[(brace - 1)...(brace + 1)].elementsEqual("${{".unicodeScalars)
        else { return nil }
        // A value begins behind a blank or a bracket, and ends before the next comma or bracket behind its expressions.
        let start = line[..<brace].lastIndex { " [{,".unicodeScalars.contains($0) }.map { $0 + 1 } ?? 0
        var (end, isInside) = (start, false)
        while end < line.count, isInside || !",]}".unicodeScalars.contains(line[end]) {
            let next = line[end...].prefix(3)
            if next.elementsEqual("${{".unicodeScalars) { isInside = true }
            let closes = isInside && next.prefix(2).elementsEqual("}}".unicodeScalars)
            if closes { isInside = false }
            end += closes ? 2 : 1
        }
        let text = String(String.UnicodeScalarView(line[start..<end]))
        let value = text.reversed().drop { $0 == " " }.reversed()
        return (String(value), SourceMark(line: mark.line, column: start + 1))
    }

    private static func help(at mark: SourceMark, in source: SourceText) -> String {
        guard source.lines.indices.contains(mark.line - 1) else { return general }
        let line = source.lines[mark.line - 1]
        let before = line.prefix(max(mark.column - 1, 0))
        // What the parser took for an alias ends where it stopped.
        if before.last == "*" || before.split(separator: " ").last?.first == "*" {
            return "put text that starts with `*` in quotes"
        }
        switch source[mark] {
        case "\t": return "indent with spaces"
        case "@", "`", "%", "*", "&", "!", "|", ">":
            return "put text that starts with such a character in quotes"
        // A second colon in the same line is most likely part of a text.
        case ":" where zip(before, before.dropFirst()).contains { $0 == ":" && $1 == " " }:
            return "put text with `: ` in it in quotes"
        default: return line.first == "\t" ? "indent with spaces" : missingColon(at: mark, in: source) ?? general
        }
    }

    /// Returns the help for a key of the format that has no colon. The parser then stops in the same line or the next.
    private static func missingColon(at mark: SourceMark, in source: SourceText) -> String? {
        let keys = PipelineFileReader.keys + StepKeys.names
        var number = mark.line
        for _ in 0..<2 {
            while number > 0, !(source.lines.indices ~= number - 1 && source.lines[number - 1].contains { $0 != " " }) {
                number -= 1
            }
            guard number > 0 else { return nil }
            let line = String(String.UnicodeScalarView(source.lines[number - 1]))
            let text = line.drop { $0 == " " || $0 == "-" }
            if let missing = MissingColon(in: text, among: keys) {
                return "a colon and a blank are missing in line \(number): write `\(missing.corrected)`"
            }
            number -= 1
        }
        return nil
    }

    private static let general = "look at the indentation and the quotes of this line and the one before"
}
