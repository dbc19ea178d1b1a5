internal import PipelineKit

/// Columns of text, as wide as their longest cell.
struct Table {
    var header: [String]
    var rows: [[String]]

    var lines: [String] {
        let all = ([header] + rows).map { $0.map(Self.cell) }
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Errors and inputs may have several lines.
    private static func cell(_ text: String) -> String {
        PlainText.clean(text).split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
