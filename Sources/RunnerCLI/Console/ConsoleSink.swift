internal import Logging
internal import PipelineKit

/// Tells a run on the console, a line for each thing that happens.
struct ConsoleSink: EventSink {
    let console: Console
    let verbosity: Verbosity
    let isRollback: Bool
    /// For aligned columns.
    let widths: (id: Int, kind: Int)

    /// - Parameter isRollback: whether the run is to be undone, as the user asked.
    init(console: Console, verbosity: Verbosity, pipeline: Pipeline, isRollback: Bool = false) {
        self.console = console
        self.verbosity = verbosity
        self.isRollback = isRollback
        let steps = pipeline.steps + pipeline.finally
        widths = (steps.map(\.id.count).max() ?? 0, steps.map { $0.kind.kind.name.count }.max() ?? 0)
    }

    func receive(_ event: TimedEvent) {
        for line in lines(for: event.event) { console.note(line) }
    }

    private func lines(for event: RunEvent) -> [String] {
        switch event {
        case .runStarted(let heading):
            guard verbosity > .quiet else { return [] }
            let verb = heading.isResumed ? "goes on with" : "run"
            return ["\(style.bold(heading.pipeline))  \(verb) \(heading.runID)  \(style.dim(heading.file))"]
        case .leaseAwaited(let resource, let owner):
            let holder = owner.map { "run \($0.runID) (process \($0.processID) on \($0.host))" } ?? "another run"
            return ["  waiting for \(resource), which \(holder) is using"]
        case .phaseStarted(let phase):
            guard verbosity > .quiet else { return [] }
            return switch phase {
            case .steps: []
            case .rollback: [style.bold("rolling back")]
            case .finally: [style.dim("finally")]
            }
        case .stepStarted, .progress: return []
        case .stepPrepared(_, let changes):
            guard verbosity > .normal else { return [] }
            return changes.map {
                "           \($0.verb.rawValue) \(PlainText.clean($0.subject)) \(style.dim(PlainText.clean($0.detail)))"
            }
        case .stepSkipped(let id, let reason):
            guard verbosity > .quiet else { return [] }
            return [row(style.dim("skipped"), width: 7, id: id, kind: "", style.dim(reason))]
        case .attemptFailed(let id, let attempt, let error, let delay):
            let what = "\(attempt.part.rawValue) attempt \(attempt.number) of \(attempt.of)"
            return [
                row(
                    style.yellow("again"), width: 5, id: id, kind: "",
                    "\(what): \(PlainText.clean(error.message))"
                        + style.dim(" (next in \(delay.text))"))
            ]
        case .log(let id, let level, let text): return logLines(id, level, text)
        case .stepFinished(let report):
            return verbosity == .quiet && report.error == nil ? [] : [finished(report)]
        case .runFailed: return []
        case .rollbackStarted: return []
        case .rollbackFinished(let id, let duration, let error):
            guard let error else {
                guard verbosity > .quiet else { return [] }
                return [row(style.green("undone"), width: 6, id: id, kind: "", style.dim(duration.text))]
            }
            return [row(style.red("STUCK"), width: 5, id: id, kind: "", PlainText.clean(error.message))]
        case .runEnded(let result):
            return RunSummary(result: result, style: style, verbosity: verbosity, isRollback: isRollback).lines
        }
    }

    private var style: TextStyle { console.style }

    private func finished(_ report: StepReport) -> String {
        let (word, paint): (String, (String) -> String) =
            switch report.outcome {
            case .success: ("ok", style.green)
            case .already: ("same", style.green)
            case .skipped: ("skipped", style.dim)
            case .failure, .timeout, .cancelled: (report.outcome == .cancelled ? "STOPPED" : "FAILED", style.red)
            }
        let time = report.duration.text
        let padding = String(repeating: " ", count: max(0, 7 - time.count))
        let detail = report.error.map { PlainText.clean($0) } ?? style.dim(outputs(of: report))
        return row(paint(word), width: word.count, id: report.id, kind: report.kind, "\(padding)\(time)  \(detail)")
    }

    private func row(_ word: String, width: Int, id: String, kind: String, _ text: String) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        let mark = word + String(repeating: " ", count: max(0, 7 - width))
        let name = padded(id, widths.id) + (kind.isEmpty ? "" : "  " + padded(kind, widths.kind))
        return "  \(mark)  \(name)  \(text)"
    }

    /// Short ones, in one line: the whole of them is in the journal.
    private func outputs(of report: StepReport) -> String {
        report.outputs.sorted { $0.key < $1.key }.compactMap { name, value in
            let text = PlainText.clean(value.asText)
            return text.isEmpty || text.count > 40 || text.contains("\n") ? nil : "\(name)=\(text)"
        }.joined(separator: " ")
    }

    private func logLines(_ id: String?, _ level: Logger.Level, _ text: String) -> [String] {
        let least: Logger.Level =
            switch verbosity {
            case .quiet: .warning
            case .normal: .info
            case .verbose: .trace
            }
        guard level >= least else { return [] }
        let prefix = id.map { "\($0): " } ?? ""
        let mark = level >= .error ? style.red("error ") : level == .warning ? style.yellow("warning ") : ""
        return text.split(separator: "\n", omittingEmptySubsequences: false).map {
            "           \(mark)\(style.dim(prefix))\(PlainText.clean(String($0)))"
        }
    }
}

enum Verbosity: Int, Comparable, Sendable {
    case quiet, normal, verbose

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
