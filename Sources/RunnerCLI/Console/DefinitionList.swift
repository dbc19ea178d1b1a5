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
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            if line.isEmpty {
                line = String(word)
            } else if line.columns + 1 + String(word).columns <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
