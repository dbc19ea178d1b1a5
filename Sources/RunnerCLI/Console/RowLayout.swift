internal import PipelineKit

/// The columns of a step's row: mark, id, a sentence, and at the right edge the tries and the time.
///
/// In a window a long sentence breaks at words and continues below itself. Without one, a row is one line, however long.
struct RowLayout {
    let style: TextStyle
    /// The width of the longest id in the pipeline, in columns.
    let idWidth: Int
    /// Of the window, in columns; nil if there is none.
    let width: Int?

    private static let mark = 7
    /// A row is not wider than this: in a wide window the time would be far from its sentence.
    private static let widest = 110
    /// The least room for a sentence beside the id; below it, sentences begin on a line of their own.
    private static let least = 24

    typealias Paint = (String) -> String

    /// - Parameters:
    ///   - end: what stands at the right edge.
    ///   - least: the least room for the text beside the id.
    func row(
        _ mark: String, _ paint: Paint, id: String, _ text: String, end: String = "", least: Int = Self.least,
        paintText: Paint = { $0 }
    ) -> [String] {
        let idWidth = min(idWidth, max(6, (width ?? .max) - (2 + Self.mark + 2)))
        let id = width == nil ? id : id.cut(to: idWidth)
        let head = 2 + Self.mark + 2 + idWidth
        let start = "  \(paint(mark))" + spaces(Self.mark - mark.columns + 2) + id
        let text = text.flat
        guard let width = width.map({ min($0, Self.widest) }) else {
            let rest = text.isEmpty ? "" : "  " + paintText(text)
            let padded = rest.isEmpty && end.isEmpty ? "" : spaces(idWidth - id.columns)
            return [start + padded + rest + (end.isEmpty ? "" : "  " + style.dim(end))]
        }
        let isBeside = width - head - 2 - end.columns - 2 >= least
        let indent = isBeside ? head + 2 : 2 + Self.mark + 2
        let room = max(8, width - indent - (isBeside && !end.isEmpty ? end.columns + 2 : 0))
        let lines = text.brokenIntoLines(of: room)
        let first = isBeside ? lines.first ?? "" : ""
        let used =
            first.isEmpty ? 2 + max(mark.columns, Self.mark) + 2 + id.columns : indent + first.columns
        let padding = first.isEmpty ? "" : spaces(indent - (head - idWidth) - id.columns)
        let rest = isBeside ? lines.dropFirst() : lines[...]
        let below = rest.map { spaces(indent) + paintText($0) }
        let row = start + padding + (first.isEmpty ? "" : paintText(first))
        if end.isEmpty { return [row] + below }
        // Beside a long id there is no room for it.
        if used + 2 + end.columns > width { return [row] + below + [spaces(width - end.columns) + style.dim(end)] }
        return [row + spaces(width - used - end.columns) + style.dim(end)] + below
    }

    /// A line below a row, marked so that nobody takes it for the runner's own.
    func below(_ text: String, _ head: String = "| ", paint: Paint) -> [String] {
        let indent = 2 + Self.mark + 2
        guard let width else { return [spaces(indent) + paint(head + text)] }
        let lines = text.brokenIntoLines(of: max(8, width - indent - head.columns))
        let first = spaces(indent) + paint(head + (lines.first ?? ""))
        let more = head.hasPrefix("|") ? "| " : spaces(head.columns)
        return [first] + lines.dropFirst().map { spaces(indent) + paint(more + $0) }
    }

    /// Two texts on a line, the second one at the right edge; on two lines if the window is too narrow.
    func heading(_ left: String, _ right: String, paint: Paint, paintRight: Paint) -> [String] {
        guard let width = width.map({ min($0, Self.widest) }) else { return ["\(paint(left))  \(paintRight(right))"] }
        let gap = width - left.columns - right.columns
        if gap >= 2 { return [paint(left) + spaces(gap) + paintRight(right)] }
        return left.brokenIntoLines(of: width).map(paint) + ["  " + paintRight(right)]
    }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}

extension String {
    /// Lines of at most this many columns, broken at spaces; a longer word is broken where it must.
    func brokenIntoLines(of width: Int) -> [String] {
        // What fits keeps its spaces.
        if columns <= width { return isEmpty ? [] : [self] }
        var lines: [String] = []
        for line in wrapped(to: width) {
            var rest = Substring(line)
            while String(rest).columns > width {
                var (end, used) = (rest.startIndex, 0)
                while end < rest.endIndex, used + rest[end].columns <= width {
                    used += rest[end].columns
                    end = rest.index(after: end)
                }
                // A character wider than the room.
                if end == rest.startIndex { end = rest.index(after: end) }
                lines.append(String(rest[..<end]))
                rest = rest[end...]
            }
            lines.append(String(rest))
        }
        return lines
    }
}
