/// One line of a file, safe to show, with the indentation of a caret under a place in it.
struct SourceExcerpt {
    let line: String
    let indent: String

    /// The greatest width of what is shown without a window, in terminal columns.
    static let widest = 100

    private struct Cell {
        var text: String
        var width: Int

        mutating func add(_ space: Character) {
            text.append(space)
            width += 1
        }
    }

    /// - Parameter widest: the greatest width of what is shown, in terminal columns.
    /// - Returns: nil if the file has no such line.
    init?(_ source: SourceText, at mark: SourceMark, widest: Int = Self.widest) {
        guard source.lines.indices.contains(mark.line - 1) else { return nil }
        let scalars = source.lines[mark.line - 1]
        let caret = min(max(mark.column - 1, 0), scalars.count)
        // Scalars far from the caret are not looked at: a line can be as long as the file.
        let range = max(0, caret - widest)..<min(scalars.count, caret + widest)
        var cells = scalars[range].map(Self.cell)
        for place in CommandMarks.places(in: scalars[range]) { cells[place - range.lowerBound].add(" ") }
        var before = caret - range.lowerBound
        var isCutBefore = range.lowerBound > 0
        var isCutAfter = range.upperBound < scalars.count
        while Self.width(cells) > widest {
            // The caret stays in the middle half.
            if Self.width(cells[..<before]) > widest / 2 {
                cells.removeFirst()
                before -= 1
                isCutBefore = true
            } else {
                cells.removeLast()
                isCutAfter = true
            }
        }
        let shown = cells.map(\.text).joined()
        line = (isCutBefore ? "…" : "") + shown + (isCutAfter ? "…" : "")
        indent = String(repeating: " ", count: Self.width(cells[..<before]) + (isCutBefore ? 1 : 0))
    }

    private static func width(_ cells: some Sequence<Cell>) -> Int {
        cells.reduce(0) { $0 + $1.width }
    }

    private static func cell(_ scalar: Unicode.Scalar) -> Cell {
        if scalar == "\t" { return Cell(text: "    ", width: 4) }
        let text = scalar.escapedForMessage
        if text.unicodeScalars.count > 1 { return Cell(text: text, width: text.unicodeScalars.count) }
        return Cell(text: text, width: scalar.terminalColumns)
    }
}
