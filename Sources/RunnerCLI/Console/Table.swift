internal import PipelineKit

/// Columns of text, as wide as their longest cell.
struct Table {
    var header: [String]
    var rows: [[String]]

    var lines: [String] { lines(width: .max) }

    /// - Parameter width: in columns; the last cell of a row is cut to it.
    func lines(width: Int) -> [String] {
        let all = ([header] + rows).map { $0.map(Self.cell) }
        let widths = header.indices.map { column in all.map { $0[column].columns }.max() ?? 0 }
        return all.map { row in
            var line = zip(row, widths).dropLast().map { $0.padded(to: $1) + "  " }.joined()
            line += (row.last ?? "").cut(to: max(8, width - line.columns))
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Errors and inputs may have several lines.
    private static func cell(_ text: String) -> String {
        SanitizedText.clean(text).split(whereSeparator: \.isNewline).joined(separator: " ").flat
    }
}
