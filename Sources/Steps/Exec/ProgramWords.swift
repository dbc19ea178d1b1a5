public import PipelineKit

/// A program and its arguments.
public struct ProgramWords: OptionValue, Hashable {
    public let words: [String]

    public init(_ words: [String]) { self.words = words }

    public static var shape: OptionShape { [String].shape }

    public var described: Value { words.described }

    /// Without a shell, nothing takes a line apart: one that was meant as several words is refused, with the words.
    public static func read(_ node: Node, _ problems: ProblemList) -> ProgramWords? {
        if case .scalar(let text, plain: _) = node.content, !text.isEmpty {
            shape.refuse(node, problems, help: help(for: text))
            return nil
        }
        guard let words = [String].read(node, problems) else { return nil }
        // The name of a file can have blanks, that of a command in PATH hardly.
        if let program = words.first, let first = program.split(whereSeparator: \.isWhitespace).first,
            first.utf8.count < program.utf8.count, !program.contains("/")
        {
            let rest = words.dropFirst().map(written)
            let place = if case .sequence(let nodes) = node.content { nodes[0].mark } else { node.mark }
            problems.add(
                "`\(SanitizedLine.clean(program))` is one text, and no program has that name", at: place,
                help: help(for: program, before: Array(rest)))
            return nil
        }
        return ProgramWords(words)
    }

    private static func help(for line: String, before rest: [String] = []) -> String {
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        let run = "`run: \(written(([line] + rest).joined(separator: " ")))`"
        if line.contains(where: { shellCharacters.contains($0) }) { return "write \(run): the shell runs it" }
        let list = "write a list: `[\((words.map(written) + rest).joined(separator: ", "))]`"
        return words.count + rest.count > 1 ? "\(list); or \(run), for the shell" : list
    }

    private static let shellCharacters = Set("|&;<>()$`\"'\\*?[]{}~#\n")

    /// Plain if no YAML parser could take it for anything else.
    private static func written(_ text: String) -> String {
        let isPlain = text.wholeMatch(of: /[A-Za-z_.\/][A-Za-z0-9_.\/ =@+-]*/) != nil && text.last != " "
        return isPlain ? text : Value.text(text).json
    }
}
