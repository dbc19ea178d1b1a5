internal import Logging
internal import PipelineKit

/// What events look like on a console: lines of text for each event that is worth them.
///
/// The texts of events are harmless already; see `SecretMasker.mask`.
struct EventLines: Sendable {
    let style: TextStyle
    let verbosity: Verbosity
    /// Whether the user asked to undo the run.
    let isRollback: Bool
    /// The path of the run's report.
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
            ifTold([layout(width).note(StepOutcome.skipped.mark, style.dim, id: id, reason, paintText: style.dim)])
        case .attemptFailed(let id, let attempt, let error, let delay):
            [again(id, attempt, error, delay, layout(width))]
        case .log(let id, let level, let text): logged(id, level, text)
        case .stepFinished(let report):
            verbosity == .quiet && report.error == nil ? [] : [finished(report, layout(width))]
        case .rollbackFinished(let id, let duration, let error, let isFinal):
            rolledBack(id, duration, error, StepState.mark(failed: error != nil, isFinal: isFinal), layout(width))
        case .runEnded(let result):
            RunSummary(
                result: result, style: style, verbosity: verbosity, isRollback: isRollback,
                rollbackWarned: rollbackWarned, reportPath: reportPath, commands: commands
            ).lines
        }
    }

    /// What a run is doing, for the live line.
    func line(for work: RunStatus.Work, at now: ContinuousClock.Instant, width: Int) -> String {
        layout(width).row(
            work.isUndoing ? "undoing" : "…", style.cyan, id: work.id, kind: work.kind,
            time: work.elapsed(at: now).text, detail: { work.detail(at: now, width: $0) })
    }

    /// What a run is doing, after a long silence.
    func heartbeat(for work: RunStatus.Work, at now: ContinuousClock.Instant, width: Int) -> String {
        let time = work.elapsed(at: now).text
        let detail = work.detail(at: now, width: min(60, layout(width).noteRoom - time.columns - 2))
        return layout(width).note("…", style.dim, id: work.id, detail.isEmpty ? time : "\(detail), \(time)")
    }

    /// The width of an error in a step's row, in columns: the whole error follows under `error:`.
    private static let errorWidth = 80

    private func layout(_ width: Int) -> RowLayout { RowLayout(style: style, widths: widths, width: width) }

    private func ifTold(_ lines: [String]) -> [String] { verbosity > .quiet ? lines : [] }

    private func start(_ heading: RunHeading) -> String {
        let verb = heading.isResumed ? "continues" : "run"
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
        // Nothing else tells this error.
        let row = layout.note("again", style.yellow, id: id, "\(what): \(error.message)", isWhole: true)
        return row + style.dim(" (next in \(delay.text))")
    }

    private func rolledBack(
        _ id: String, _ duration: Duration, _ error: ErrorRecord?, _ mark: String, _ layout: RowLayout
    ) -> [String] {
        guard let error else {
            return ifTold([layout.note(mark, style.green, id: id, duration.text, paintText: style.dim)])
        }
        return [layout.note(mark, style.red, id: id, error.message.flat.cut(to: Self.errorWidth))]
    }

    private func finished(_ report: StepReport, _ layout: RowLayout) -> String {
        let paint =
            switch report.outcome {
            case .success, .already: style.green
            case .skipped: style.dim
            case .unfinished: style.yellow
            case .failure, .timeout, .cancelled: style.red
            }
        // If a step was stopped, or its failure is tolerated, nothing else tells why.
        let isWhole = report.outcome == .cancelled || tolerated.contains(report.id)
        return layout.row(
            report.outcome.mark, paint, id: report.id, kind: report.kind, time: report.duration.text,
            detail: { room in
                guard let error = report.error?.flat else { return outputs(of: report).cut(to: room) }
                return isWhole ? error : error.cut(to: min(room, Self.errorWidth))
            }, paintDetail: report.error == nil ? style.dim : { $0 })
    }

    /// Short outputs, in one line: all of them are in the journal.
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
