internal import FoundationEssentials
internal import PipelineKit

/// The runs of a project as a table. In a narrow window the reasons get lines of their own, and columns that a reader
/// misses least are left out.
struct RunsTable {
    let runs: [RunFacts]
    let now: Date
    /// In columns.
    let width: Int

    var lines: [String] {
        let choices: [Set<Column>] = [[], [.who], [.who, .took], [.who, .took, .pipeline]]
        for hidden in choices where rowWidth(without: hidden) + 2 + Self.least <= width {
            return table(without: hidden).lines(width: width)
        }
        let hidden =
            choices.first { rowWidth(without: $0) <= width } ?? [.who, .took, .pipeline, .age]
        let rows = table(without: hidden.union([.reason])).lines(width: width)
        return [rows[0]]
            + zip(rows.dropFirst(), runs).flatMap { row, run in
                let reason = SanitizedText.clean(reason(of: run)).flat
                return [row] + (reason.isEmpty ? [] : ["    " + reason.cut(to: width - 4)])
            }
    }

    private enum Column { case age, took, pipeline, who, reason }

    /// The room that a reason needs beside the others to say anything, in columns.
    private static let least = 24

    /// Without reasons.
    private func rowWidth(without hidden: Set<Column>) -> Int {
        table(without: hidden.union([.reason])).lines.map(\.columns).max() ?? 0
    }

    private var hasSites: Bool { Set(runs.flatMap(\.live)).count > 1 }

    private func reason(of run: RunFacts) -> String {
        hasSites && !run.live.isEmpty ? "live at " + run.live.joined(separator: ", ") : run.history.reason ?? ""
    }

    private func table(without hidden: Set<Column>) -> Table {
        let cells: [(name: String, column: Column?, text: (RunFacts) -> String)] = [
            ("RUN", nil, { $0.id }), ("STATE", nil, { $0.state.word }),
            ("AGE", .age, { $0.startedAt.map { Age.text(of: $0, at: now) } ?? "" }),
            ("TOOK", .took, { $0.took.map(\.rounded) ?? "" }),
            ("PIPELINE", .pipeline, { $0.history.started?.pipeline ?? "" }),
            ("VERSION", nil, { ($0.history.version ?? "") + ($0.live.isEmpty ? "" : " (live)") }),
            ("WHO", .who, { $0.who ?? "" }),
            ("", .reason, reason),
        ]
        let shown = cells.filter { cell in
            !(cell.column.map(hidden.contains) ?? false)
                && (cell.name.isEmpty || runs.contains { !cell.text($0).isEmpty })
        }
        return Table(header: shown.map(\.name), rows: runs.map { run in shown.map { $0.text(run) } })
    }
}

extension Duration {
    /// In seconds with one decimal below a minute, else in whole seconds: `2.5s`, `1h2m3s`.
    var rounded: String {
        let milliseconds = inMilliseconds
        if milliseconds < 1_000 { return text }
        let step = milliseconds < 60_000 ? 100 : 1_000
        return Duration.milliseconds(milliseconds / step * step).text
    }
}
