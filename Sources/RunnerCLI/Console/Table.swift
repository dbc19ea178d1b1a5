internal import PipelineKit

/// Columns of text, as wide as their longest cell.
struct Table {
    var header: [String]
    var rows: [[String]]

    var lines: [String] { lines(width: .max) }

    /// - Parameter width: in columns; the last cell of a row is cut to it.
    func lines(width: Int) -> [String] {
        cells.map { row in Self.trimmed(row.head + row.last.cut(to: max(8, width - row.head.columns))) }
    }

    /// The lines of each row, and first those of the header. The last cell breaks between words and continues below its
    /// own beginning; if there is too little room beside the others, it begins on a line of its own. A longer word, such as
    /// a path, stays whole, so that it can be copied.
    ///
    /// - Parameter width: of the window, in columns; nil if there is none, and then each row is a line.
    func rows(brokenTo width: Int?) -> [[String]] {
        cells.map { row in
            let whole = Self.trimmed(row.head + row.last)
            guard let width, whole.columns > width else { return [whole] }
            let isBeside = width - row.head.columns >= Self.leastRoom
            let indent = isBeside ? row.head.columns : 4
            var parts = row.last.wrapped(to: width - indent)[...]
            let first = isBeside ? row.head + (parts.popFirst() ?? "") : Self.trimmed(row.head)
            return (first.isEmpty ? [] : [first]) + parts.map { String(repeating: " ", count: indent) + $0 }
        }
    }

    /// For a last cell beside the others, in columns.
    private static let leastRoom = 24

    /// Each row as its last cell, and the others at their widths.
    private var cells: [(head: String, last: String)] {
        let all = ([header] + rows).map { $0.map(Self.cell) }
        let widths = header.indices.map { column in all.map { $0[column].columns }.max() ?? 0 }
        return all.map { row in
            (zip(row, widths).dropLast().map { $0.padded(to: $1) + "  " }.joined(), row.last ?? "")
        }
    }

    private static func trimmed(_ line: String) -> String { String(line.reversed().drop { $0 == " " }.reversed()) }

    /// Errors and inputs may have several lines.
    private static func cell(_ text: String) -> String {
        SanitizedText.clean(text).split(whereSeparator: \.isNewline).joined(separator: " ").flat
    }
}
