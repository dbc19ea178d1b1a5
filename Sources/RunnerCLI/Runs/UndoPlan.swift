internal import PipelineKit

/// What a rollback of a run would undo, and what visitors would have then.
struct UndoPlan {
    private let run: String
    private let visitors: [Visitors]
    /// In this order.
    private var undone: [String] = []
    /// A row for each step that has changed something: also for those that stay.
    private var rows: [[String]] = []

    /// The kind that makes a release.
    private static let uploadKind = "sync"

    /// - Parameters:
    ///   - pipeline: nil if its file cannot be read any more.
    ///   - deploy: nil for a run that switches nothing.
    init(_ entry: RunArchive.Entry, _ pipeline: Pipeline?, _ deploy: Deploy? = nil) {
        run = entry.id
        visitors = deploy.map(Visitors.planned) ?? []
        let steps = pipeline?.steps ?? []
        for record in entry.history.toRollBack {
            guard let step = steps.first(where: { $0.id == record.step }) else { continue }
            var row = ["  " + step.id, step.kind.name, ""]
            switch step.rollback {
            case .off: row[2] = "stays: `rollback: false`"
            case .own where record.effect == .lasting: continue
            case .own where record.effect == .irreversible: row[2] = "stays: it cannot be undone"
            case .own:
                row[2] = Self.result(of: step, entry.history, deploy)
                undone.append(step.id)
            case .steps: undone.append(step.id)
            }
            rows.append(row)
        }
    }

    /// What a kind's own rollback comes to, if that is known before it.
    private static func result(of step: PipelineStep, _ history: RunHistory, _ deploy: Deploy?) -> String {
        if let made = deploy?.switches.first(where: { $0.step == step.id }), made.isInPlace {
            if !made.isLive, let now = made.now { return "nothing to restore: visitors have \(now.text)" }
            return "\(made.offer.text) -> \((made.back ?? .nothing).text)"
        }
        let outputs = history.finished[step.id]?.outputs ?? [:]
        guard step.kind.name == uploadKind, outputs["created"] == true, let version = outputs["version"]?.asText,
            step.options["keep-failed"] == nil
        else { return "" }
        return "\(version) would be deleted"
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
