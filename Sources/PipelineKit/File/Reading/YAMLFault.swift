internal import Yams

/// What the YAML parser refused, in words that help to mend it.
struct YAMLFault {
    private let message: String
    private let mark: SourceMark?
    private let help: String?

    init(_ error: any Error, in source: SourceText) {
        guard let error = error as? YamlError else {
            (message, mark, help) = ("this is not YAML: \(error)", nil, nil)
            return
        }
        switch error {
        case .scanner(let context, let problem, let place, yaml: _),
            .parser(let context, let problem, let place, yaml: _):
            let start = context.map { SourceMark($0.mark) }
            let whole =
                start.map { $0.line == place.line ? "" : ", \(context?.text ?? "") that starts in line \($0.line)" }
                ?? ""
            message = "this is not YAML: \(problem)\(whole)"
            let opened = start.flatMap { Self.opener(at: $0, in: source) }
            // What ends with the file is wrong where it starts.
            mark = opened != nil && place.line > source.lines.count - 1 ? start : SourceMark(place)
            help = opened ?? Self.help(at: SourceMark(place), in: source)
        case .composer(_, _, let place, yaml: _):
            // Aliases are not left to the parser, so that a second document is all that it can find here.
            message = "a second YAML document starts here"
            mark = SourceMark(place)
            help = "a pipeline file is one document: put the other into a file of its own"
        default: (message, mark, help) = ("this is not YAML: \(error)", nil, nil)
        }
    }

    /// What a bracket or quote at a place lacks, where it stands in another line than its end should.
    private static func opener(at start: SourceMark, in source: SourceText) -> String? {
        switch source[start] {
        case "{": "close the `{` of line \(start.line) with `}`"
        case "[": "close the `[` of line \(start.line) with `]`"
        case "\"": "close the quote of line \(start.line) with `\"`"
        case "'": "close the quote of line \(start.line) with `'`"
        default: nil
        }
    }

    func report(to problems: ProblemList) {
        problems.add(message, at: mark, help: help)
    }

    private static func help(at mark: SourceMark, in source: SourceText) -> String? {
        if source[SourceMark(line: mark.line, column: mark.column - 1)] == "*" {
            return "put text that starts with `*` in quotes"
        }
        switch source[mark] {
        case "\t": return "indent with spaces"
        case "@", "`", "%", "*", "&", "!", "|", ">":
            return "put text that starts with such a character in quotes"
        default: break
        }
        guard source.lines.indices.contains(mark.line - 1) else { return nil }
        let line = String(String.UnicodeScalarView(source.lines[mark.line - 1]))
        if line.utf8.first == UInt8(ascii: "\t") { return "indent with spaces" }
        // A colon behind another one of the same line is most likely part of a text.
        let before = source.lines[mark.line - 1].prefix(max(mark.column - 1, 0))
        if zip(before, before.dropFirst()).contains(where: { $0 == ":" && $1 == " " }) {
            return "put text with `: ` in it in quotes"
        }
        return "look at the indentation and the quotes of this line and the one before"
    }
}
