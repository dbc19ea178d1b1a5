internal import Logging
internal import PipelineKit

/// How events read on a console: pure text, a line or more for each thing that is worth one.
///
/// The texts of events are harmless already; see `SecretMasker.mask`.
struct EventLines: Sendable {
    let style: TextStyle
    let verbosity: Verbosity
    /// Whether the run is to be undone, as the user asked.
    let isRollback: Bool
    /// Where the run's report will be, as a user can open it.
    let reportPath: String?
    /// How commands about the run are typed.
    let commands: RunCommandLine
    /// For aligned columns.
    let widths: (id: Int, kind: Int)
    /// Steps whose error is told in their row only.
    private let tolerated: Set<String>
    private let order: OutputOrder

    init(
        style: TextStyle, verbosity: Verbosity, pipeline: Pipeline, isRollback: Bool = false,
        reportPath: String? = nil, commands: RunCommandLine = .plain
    ) {
        self.style = style
        self.verbosity = verbosity
        self.isRollback = isRollback
        self.reportPath = reportPath
        self.commands = commands
        let steps = pipeline.steps + pipeline.finally
        widths = (steps.map(\.id.columns).max() ?? 0, steps.map { $0.kind.name.columns }.max() ?? 0)
        order = OutputOrder(pipeline)
        tolerated = Set(steps.filter(\.continueOnError).map(\.id))
    }

    /// - Parameters:
    ///   - width: in columns; rows are cut to it, what is said only here is not.
    ///   - rollbackWarned: whether a rollback has warned so far.
    func lines(for event: RunEvent, width: Int, rollbackWarned: Bool = false) -> [String] {
        switch event {
        case .stepStarted, .progress, .runFailed, .rollbackStarted: []
        case .runStarted(let heading): ifTold([start(heading)])
        case .leaseAwaited(let resource, let owner): [waiting(resource, owner)]
        case .phaseStarted(.steps): []
        case .phaseStarted(.rollback): ifTold([style.bold("rolling back")])
        case .phaseStarted(.finally): ifTold([style.dim("finally")])
        case .stepPrepared(_, let changes):
            verbosity > .normal
                ? listed(changes) : []
        case .stepSkipped(let id, let reason):
            ifTold([layout(width).note("skipped", style.dim, id: id, reason, paintText: style.dim)])
        case .attemptFailed(let id, let attempt, let error, let delay):
            [again(id, attempt, error, delay, layout(width))]
        case .log(let id, let level, let text): logged(id, level, text)
        case .stepFinished(let report):
            verbosity == .quiet && report.error == nil ? [] : [finished(report, layout(width))]
        case .rollbackFinished(let id, let duration, let error, let isFinal):
            if let error {
                [
                    layout(width).note(
                        isFinal ? "LEFT" : "STUCK", style.red, id: id, error.message.flat.cut(to: Self.errorWidth))
                ]
            } else {
                ifTold([layout(width).note("undone", style.green, id: id, duration.text, paintText: style.dim)])
            }
        case .runEnded(let result):
            RunSummary(
                result: result, style: style, verbosity: verbosity, isRollback: isRollback,
                rollbackWarned: rollbackWarned, reportPath: reportPath, commands: commands
            ).lines
        }
    }

    /// What a run is at.
    func line(for work: RunStatus.Work, at now: ContinuousClock.Instant, width: Int) -> String {
        layout(width).row(
            work.isUndoing ? "undoing" : "…", style.cyan, id: work.id, kind: work.kind,
            time: work.elapsed(at: now).text, detail: { work.detail(at: now, width: $0) })
    }

    /// What a run is at, after a long silence.
    func heartbeat(for work: RunStatus.Work, at now: ContinuousClock.Instant, width: Int) -> String {
        let time = work.elapsed(at: now).text
        let detail = work.detail(at: now, width: min(60, layout(width).noteRoom - time.columns - 2))
        return layout(width).note("…", style.dim, id: work.id, detail.isEmpty ? time : "\(detail), \(time)")
    }

    /// Of an error in a step's row, in columns: the whole of it follows under `error:`.
    private static let errorWidth = 80

    private func layout(_ width: Int) -> RowLayout { RowLayout(style: style, widths: widths, width: width) }

    private func ifTold(_ lines: [String]) -> [String] { verbosity > .quiet ? lines : [] }

    private func start(_ heading: RunHeading) -> String {
        let verb = heading.isResumed ? "goes on with" : "run"
        return "\(style.bold(heading.pipeline))  \(verb) \(heading.runID)  \(style.dim(heading.file))"
    }

    private func waiting(_ resource: Resource, _ owner: LeaseOwner?) -> String {
        let holder = owner.map { "run \($0.runID) (process \($0.processID) on \($0.host))" } ?? "another run"
        return "  waiting for \(resource), which \(SanitizedLine.clean(holder)) is using"
    }

    private func listed(_ changes: ChangeList) -> [String] {
        let rest = changes.count - changes.first.count
        return changes.first.map { "           \($0.verb.rawValue) \($0.subject) \(style.dim($0.detail))" }
            + (rest > 0 ? [style.dim("           and \(Grouped.text(rest)) more")] : [])
    }

    private func again(
        _ id: String, _ attempt: Attempt, _ error: ErrorRecord, _ delay: Duration, _ layout: RowLayout
    ) -> String {
        let what = "\(attempt.part.rawValue) attempt \(attempt.number) of \(attempt.of)"
        // Nothing else tells it.
        let row = layout.note("again", style.yellow, id: id, "\(what): \(error.message)", isWhole: true)
        return row + style.dim(" (next in \(delay.text))")
    }

    private func finished(_ report: StepReport, _ layout: RowLayout) -> String {
        let (mark, paint): (String, (String) -> String) =
            switch report.outcome {
            case .success: ("ok", style.green)
            case .already: ("same", style.green)
            case .skipped: ("skipped", style.dim)
            case .cancelled: ("STOPPED", style.red)
            case .unfinished: ("LATER", style.yellow)
            case .failure, .timeout: ("FAILED", style.red)
            }
        // Of a step that was stopped and one whose failure is tolerated, nothing else tells why.
        let isWhole = report.outcome == .cancelled || tolerated.contains(report.id)
        return layout.row(
            mark, paint, id: report.id, kind: report.kind, time: report.duration.text,
            detail: { room in
                guard let error = report.error?.flat else { return outputs(of: report).cut(to: room) }
                return isWhole ? error : error.cut(to: min(room, Self.errorWidth))
            }, paintDetail: report.error == nil ? style.dim : { $0 })
    }

    /// Short ones, in one line: the whole of them is in the journal.
    private func outputs(of report: StepReport) -> String {
        order.sorted(report.outputs, of: report.id).compactMap { name, value in
            let text = value.asText
            return text.isEmpty || text.utf8.count > 160 || text.columns > 40 || text.contains("\n")
                ? nil : "\(name)=\(text.flat)"
        }.joined(separator: " ")
    }

    private func logged(_ id: String?, _ level: Logger.Level, _ text: String) -> [String] {
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
            "           \(mark)\(style.dim(prefix))\($0)"
        }
    }
}

/// How much is told.
enum Verbosity: Int, Comparable, Sendable {
    case quiet, normal, verbose

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
