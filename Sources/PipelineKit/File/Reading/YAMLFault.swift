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
            let mark = SourceMark(place)
            let whole =
                context.map { $0.mark.line == place.line ? "" : ", \($0.text) that starts in line \($0.mark.line)" }
                ?? ""
            message = "this is not YAML: \(problem)\(whole)"
            help = Self.help(at: mark, in: source)
            self.mark = mark
        case .composer(_, _, let place, yaml: _):
            // Aliases are not left to the parser, so that a second document is all that it can find here.
            message = "a second YAML document starts here"
            mark = SourceMark(place)
            help = "a pipeline file is one document: put the other into a file of its own"
        default: (message, mark, help) = ("this is not YAML: \(error)", nil, nil)
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
        let colons = zip(line.utf8, line.utf8.dropFirst()).count { $0 == UInt8(ascii: ":") && $1 == UInt8(ascii: " ") }
        if colons > 1 { return "put text with `: ` in it in quotes" }
        return "look at the indentation and the quotes of this line and the one before"
    }
}
