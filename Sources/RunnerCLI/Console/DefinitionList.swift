/// Terms, each with its paragraphs beside it. Lines are broken between words.
struct DefinitionList {
    var entries: [(term: String, paragraphs: [String])]

    /// - Parameter width: in columns; a single word may be wider.
    func lines(width: Int) -> [String] {
        let head = entries.map(\.term.columns).max() ?? 0
        let indent = min(head, 20) + 2
        return entries.flatMap { entry in
            let text = entry.paragraphs.flatMap { $0.wrapped(to: max(16, width - indent)) }
            let margin = String(repeating: " ", count: indent)
            guard entry.term.columns + 2 <= indent, let first = text.first else {
                return [entry.term] + text.map { margin + $0 }
            }
            return [entry.term.padded(to: indent) + first] + text.dropFirst().map { margin + $0 }
        }
    }
}

extension String {
    /// Lines of at most that many columns, unless a word is wider.
    func wrapped(to width: Int) -> [String] {
        Self.lines(of: split(separator: " ").map(String.init), to: width, below: width)
    }

    /// Such lines, in which what stands in back quotes counts as one word: a command that is copied from a window must not
    /// come with a line break in it.
    ///
    /// - Parameter below: the width of every line but the first.
    func wrappedWithWholeCommands(to width: Int, below: Int) -> [String] {
        var words: [String] = []
        var isQuoted = false
        for word in split(separator: " ").map(String.init) {
            if isQuoted { words[words.count - 1] += " " + word } else { words.append(word) }
            if word.count(where: { $0 == "`" }) % 2 == 1 { isQuoted.toggle() }
        }
        return Self.lines(of: words, to: width, below: below)
    }

    private static func lines(of words: [String], to width: Int, below: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in words {
            if line.isEmpty {
                line = word
            } else if line.columns + 1 + word.columns <= (lines.isEmpty ? width : below) {
                line += " " + word
            } else {
                lines.append(line)
                line = word
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
