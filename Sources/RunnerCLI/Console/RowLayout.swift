internal import PipelineKit

/// The columns of a step's row: mark, id, kind, time, and what is left of the width for the rest.
struct RowLayout {
    let style: TextStyle
    /// The widths of the longest id and the longest kind in the pipeline.
    let widths: (id: Int, kind: Int)
    let width: Int

    private static let (mark, time, least) = (7, 7, 16)

    init(style: TextStyle, widths: (id: Int, kind: Int), width: Int) {
        self.style = style
        self.widths = widths
        self.width = width
    }

    typealias Paint = (String) -> String

    /// A row with every column. If there is no room, the kind is left out first, then a long id is cut.
    func row(
        _ mark: String, _ paint: Paint, id: String, kind: String, time: String, detail: (Int) -> String,
        paintDetail: Paint = { $0 }
    ) -> String {
        let fixed = 2 + Self.mark + 2 + widths.id + 2 + Self.time + 2
        let showsKind = fixed + widths.kind + 2 + Self.least <= width
        let idWidth = min(widths.id, max(6, width - (fixed - widths.id)))
        var head = id.cut(to: idWidth).padded(to: idWidth) + "  "
        if showsKind { head += kind.padded(to: widths.kind) + "  " }
        head += String(repeating: " ", count: max(0, Self.time - time.columns)) + time
        let room = width - (2 + Self.mark + 2 + head.columns + 2)
        let rest = room < 4 ? "" : detail(room)
        return start(mark, paint) + head + (rest.isEmpty ? "" : "  " + paintDetail(rest))
    }

    /// A row of a mark, an id and a text, which is not cut if `isWhole`.
    func note(
        _ mark: String, _ paint: Paint, id: String, _ text: String, isWhole: Bool = false,
        paintText: Paint = { $0 }
    ) -> String {
        let head = id.cut(to: noteID).padded(to: noteID)
        let rest = isWhole ? text.flat : text.flat.cut(to: noteRoom)
        return start(mark, paint) + head + (rest.isEmpty ? "" : "  " + paintText(rest))
    }

    /// The room for a note's text, in columns.
    var noteRoom: Int { max(0, width - (2 + Self.mark + 2 + noteID + 2)) }

    private var noteID: Int { min(widths.id, max(6, width - 2 - Self.mark - 2)) }

    private func start(_ mark: String, _ paint: Paint) -> String {
        let padding = String(repeating: " ", count: max(0, Self.mark - mark.columns))
        return "  \(paint(mark))\(padding)  "
    }
}
