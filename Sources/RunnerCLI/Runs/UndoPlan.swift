internal import PipelineKit

/// What a rollback of a run would undo, and what visitors would have then.
struct UndoPlan {
    private let run: String
    private let visitors: [Visitors]
    /// In this order.
    private var undone: [String] = []
    /// A row for each step that has changed something: also for those that stay.
    private var rows: [[String]] = []

    /// - Parameter pipeline: nil if its file cannot be read any more.
    init(_ entry: RunArchive.Entry, _ pipeline: Pipeline?, _ visitors: [Visitors] = []) {
        run = entry.id
        self.visitors = visitors
        let steps = pipeline?.steps ?? []
        for record in entry.history.toRollBack {
            guard let step = steps.first(where: { $0.id == record.step }) else { continue }
            var row = ["  " + step.id, step.kind.name, ""]
            switch step.rollback {
            case .off: row[2] = "stays: `rollback: false`"
            case .own where record.effect == .lasting: continue
            case .own where record.effect == .irreversible: row[2] = "stays: it cannot be undone"
            case .own, .steps: undone.append(step.id)
            }
            rows.append(row)
        }
    }

    func show(on output: CommandOutput) {
        output.document(.rollback(visitors, run: run, isDryRun: true, steps: undone, exit: .success))
        let lines =
            ["a rollback of run \(run) would undo, in this order:"]
            + Table(header: ["", "", ""], rows: rows).lines.dropFirst() + visitors.lines(isPlanned: true)
            + ["nothing was changed"]
        output.text(lines.map(SanitizedText.clean))
    }
}
