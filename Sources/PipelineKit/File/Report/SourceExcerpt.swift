/// One line of a file, fit to be shown, and how far a caret under a place of it is indented.
struct SourceExcerpt {
    let line: String
    let indent: String

    /// Of what is shown, in terminal columns.
    static let widest = 100

    private struct Cell {
        var text: String
        var width: Int
    }

    /// - Returns: nil where the file has no such line.
    init?(_ source: SourceText, at mark: SourceMark) {
        guard source.lines.indices.contains(mark.line - 1) else { return nil }
        let scalars = source.lines[mark.line - 1]
        let caret = min(max(mark.column - 1, 0), scalars.count)
        // Far more scalars than fit are not even looked at: a line can be as long as the file.
        let range = max(0, caret - Self.widest)..<min(scalars.count, caret + Self.widest)
        var cells = scalars[range].map(Self.cell)
        var before = caret - range.lowerBound
        var isCutBefore = range.lowerBound > 0
        var isCutAfter = range.upperBound < scalars.count
        while Self.width(cells) > Self.widest {
            // The caret stays in the middle half.
            if Self.width(cells[..<before]) > Self.widest / 2 {
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
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return Cell(text: text, width: 0)
        default: return Cell(text: text, width: isWide(scalar) ? 2 : 1)
        }
    }

    /// The blocks that terminals show in two columns (East Asian wide and full-width forms, emoji).
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
            0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
