internal import Logging
internal import PipelineKit
internal import Synchronization
internal import SystemPackage

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
    let idWidth: Int
    private let pipeline: Pipeline
    /// The user's: the file's path is shown relative to it.
    private let folder: FilePath?
    private let closing: @Sendable () -> RunClosing?
    /// Steps whose error is told in their row only.
    private let tolerated: Set<String>
    private let order: OutputOrder
    /// The error of each step's last try.
    private let retried: RetriedErrors

    init(
        style: TextStyle, verbosity: Verbosity, pipeline: Pipeline, folder: FilePath? = nil,
        isRollback: Bool = false, reportPath: String? = nil, commands: RunCommandLine = .plain,
        closing: @escaping @Sendable () -> RunClosing? = { nil }
    ) {
        self.style = style
        self.verbosity = verbosity
        self.pipeline = pipeline
        self.folder = folder
        self.isRollback = isRollback
        self.reportPath = reportPath
        self.commands = commands
        self.closing = closing
        let steps = pipeline.steps + pipeline.finally
        idWidth = steps.map(\.id.columns).max() ?? 0
        order = OutputOrder(pipeline)
        tolerated = Set(steps.filter(\.continueOnError).map(\.id))
        retried = RetriedErrors()
    }

    /// - Parameters:
    ///   - logged: the lines of the log that are told with the event.
    ///   - width: of the window, in columns; nil if there is none.
    ///   - rollbackWarned: whether a rollback has warned so far.
    func lines(
        for event: RunEvent, _ logged: StepLog.Told = .nothing, width: Int? = nil, rollbackWarned: Bool = false
    ) -> [String] {
        let layout = layout(width)
        switch event {
        case .stepStarted, .rollbackStarted:
            retried.clear()
            return []
        case .progress, .runFailed: return []
        case .runStarted(let heading): return ifTold(start(heading, layout))
        case .leaseAwaited(let resource, let owner): return waiting(resource, owner, width)
        case .phaseStarted(.steps): return []
        case .phaseStarted(.rollback): return ifTold([style.bold("rolling back")])
        case .phaseStarted(.finally): return ifTold([style.dim("finally")])
        case .stepPrepared(_, let changes):
            return verbosity > .normal ? announcement(logged, layout) + listed(changes) : []
        case .stepSkipped(let id, let reason):
            return ifTold(layout.row(StepOutcome.skipped.mark, style.dim, id: id, reason, paintText: style.dim))
        case .attemptFailed(let id, let attempt, let error, let delay):
            return ifTold(again(id, attempt, error, delay, layout))
        case .log: return announcement(logged, layout) + below(logged, layout)
        case .stepFinished(let report):
            // What goes wrong without an `error:` below is told to everybody.
            let isTold = verbosity > .quiet || report.error != nil && isWhole(report)
            return (isTold ? finished(report, layout) : []) + ifTold(below(logged, layout))
        case .rollbackFinished(let id, let duration, let error, let isFinal, let summary):
            let mark = StepState.mark(failed: error != nil, isFinal: isFinal)
            return ifTold(
                layout.row(
                    mark, error == nil ? style.green : style.red, id: id, summary ?? "", end: duration.text)
                    + below(logged, layout))
        case .runEnded(let result):
            return RunSummary(
                result: result, style: style, verbosity: verbosity, width: width, isRollback: isRollback,
                rollbackWarned: rollbackWarned, reportPath: reportPath, commands: commands,
                isBelowRows: true, place: { [pipeline, folder] in pipeline.place(of: $0, from: folder) },
                closing: result.didNothing ? nil : closing()
            ).lines
        }
    }

    /// What a run is doing, for the live line: one line of a window.
    func line(for work: RunStatus.Work, at now: ContinuousClock.Instant, width: Int) -> String {
        let time = work.elapsed(at: now).text
        let layout = layout(width)
        let (mark, id) = (work.isUndoing ? "undoing" : "…", work.id)
        let room = min(width, 110) - (2 + 7 + 2 + max(idWidth, id.columns) + 2) - time.columns - 2
        let detail = room < 4 ? "" : work.detail(at: now, width: room)
        let line = layout.row(mark, style.cyan, id: id, detail, end: time, least: 4).first ?? ""
        return style.isColoured ? line : line.cut(to: width)
    }

    /// What a run is doing, after a long silence.
    ///
    /// - Parameter tellingWhatItSaid: true for what it has said last, in place of how far it is.
    func heartbeat(
        for work: RunStatus.Work, at now: ContinuousClock.Instant, tellingWhatItSaid: Bool = false
    ) -> String {
        let detail = tellingWhatItSaid ? SanitizedText.clean(work.said) : work.detail(at: now, width: .max)
        let mark = work.isUndoing ? "undoing" : "…"
        return layout(nil).row(mark, style.dim, id: work.id, detail, end: work.elapsed(at: now).text)[0]
    }

    private func layout(_ width: Int?) -> RowLayout { RowLayout(style: style, idWidth: idWidth, width: width) }

    private func ifTold(_ lines: [String]) -> [String] { verbosity > .quiet ? lines : [] }

    /// A rollback has said what it takes back.
    private func start(_ heading: RunHeading, _ layout: RowLayout) -> [String] {
        if isRollback { return verbosity > .normal ? [style.dim("  \(heading.file)")] : [] }
        let verb = heading.isResumed ? "continues run" : "run"
        let target = ChangedPlaces(pipeline).text
        let left = heading.pipeline + (target.isEmpty ? "" : " to \(target)")
        let lines = layout.heading(left, "\(verb) \(heading.runID)", paint: style.bold, paintRight: style.dim)
        return verbosity > .normal ? lines + [style.dim("  \(heading.file)")] : lines
    }

    private func waiting(_ resource: Resource, _ owner: LeaseOwner?, _ width: Int?) -> [String] {
        let holder = owner.map { "run \($0.runID) (\($0.place))" } ?? "another run"
        return ErrorLines(style: style, width: width)
            .text("  ", "waiting for \(resource), which \(SanitizedLine.clean(holder)) is using")
    }

    private func listed(_ changes: ChangeList) -> [String] {
        let rest = changes.count - changes.first.count
        return changes.first.map { "           \($0.verb.rawValue) \($0.subject) \(style.dim($0.detail))" }
            + (rest > 0 ? [style.dim("           and \(CountText.text(rest)) more")] : [])
    }

    private func again(
        _ id: String, _ attempt: Attempt, _ error: ErrorRecord, _ delay: Duration, _ layout: RowLayout
    ) -> [String] {
        let part = attempt.part == .rollback ? "rollback, " : ""
        let isSame = retried.isSame(error.message)
        let text = "\(part)try \(attempt.number) of \(attempt.of): \(isSame ? "the same error" : error.message)"
        return layout.row("again", style.yellow, id: id, "\(text); next in \(delay.text)")
    }

    /// Whether nothing but the row tells the step's error.
    private func isWhole(_ report: StepReport) -> Bool {
        report.outcome == .cancelled || report.outcome != .unfinished && tolerated.contains(report.id)
    }

    private func finished(_ report: StepReport, _ layout: RowLayout) -> [String] {
        let paint =
            switch report.outcome {
            case .success, .already: style.green
            case .skipped: style.dim
            case .unfinished: style.yellow
            case .failure, .timeout, .cancelled: style.red
            }
        let text = report.error.map { isWhole(report) ? $0 : "" } ?? report.summary ?? outputs(of: report)
        let tries = report.attempts > 1 ? "\(report.attempts) tries  " : ""
        var lines = layout.row(
            report.outcome.mark, paint, id: report.id, text, end: tries + report.duration.text)
        if verbosity > .normal, report.summary != nil {
            let values = outputs(of: report)
            if !values.isEmpty { lines += layout.below(values, "", paint: style.dim) }
        }
        return lines
    }

    /// Short outputs, in one line: all of them are in the journal.
    private func outputs(of report: StepReport) -> String {
        order.sorted(report.outputs, of: report.id).compactMap { name, value in
            let text = value.asText
            return text.isEmpty || text.utf8.count > 160 || text.columns > 40 || text.contains("\n")
                ? nil : "\(name)=\(text.flat)"
        }.joined(separator: " ")
    }

    // MARK: Log lines

    /// The row of a step that is at work, above its first line.
    private func announcement(_ logged: StepLog.Told, _ layout: RowLayout) -> [String] {
        guard let id = logged.announced else { return [] }
        return layout.row("…", style.cyan, id: id, "")
    }

    private func below(_ logged: StepLog.Told, _ layout: RowLayout) -> [String] {
        let left =
            logged.left > 0
            ? layout.below("\(CountText.text(logged.left, "earlier line")) in the run's log", "", paint: style.dim) : []
        return left + logged.lines.flatMap { text(of: $0, isBelowRow: verbosity > .quiet, layout) }
    }

    private func text(of line: StepLog.Line, isBelowRow: Bool, _ layout: RowLayout) -> [String] {
        let lines = line.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // Below its row, a line needs no name: one of another step, such as of its background program, does.
        let subject = isBelowRow && line.isOfStepAtWork ? "" : line.step.map { "\($0): " } ?? ""
        switch line.level {
        case .warning, .error, .critical:
            let word = line.level == .warning ? style.yellow("warning:") : style.red("error:")
            // The word is painted by itself, so that the text keeps the terminal's colour.
            let mark = line.level == .warning ? "warning: " : "error: "
            let first = layout.below(
                subject + (lines.first ?? ""), mark,
                paint: { text in
                    text.hasPrefix(mark) ? "\(word) \(text.dropFirst(mark.count))" : text
                })
            return first + lines.dropFirst().flatMap { layout.below($0, "  ", paint: { $0 }) }
        default:
            return lines.flatMap { layout.below($0, "| \(subject)", paint: style.dim) }
        }
    }
}

/// The error of the last try of the step at work, to tell an error once.
private final class RetriedErrors: Sendable {
    private let last = Mutex<String?>(nil)

    func clear() { last.withLock { $0 = nil } }

    /// Notes an error; true if the try before had the same.
    func isSame(_ message: String) -> Bool {
        last.withLock { last in
            defer { last = message }
            return last == message
        }
    }
}

/// What a pipeline changes, as far as its file says it without a run: stores with their distributions.
struct ChangedPlaces {
    /// Such as `s3://my-bucket/site (E2QWRUHAPOMQZL)`; empty if nothing is known.
    let text: String

    init(_ pipeline: Pipeline) {
        var places: [String] = []
        for step in pipeline.steps where ![.local, .observing].contains(step.kind.effect) {
            guard let store = Self.text("store", of: step) ?? Self.text("to", of: step) else { continue }
            let distribution = Self.text("distribution", of: step)
            let place = store + (distribution.map { " (\($0))" } ?? "")
            if distribution != nil { places.removeAll { $0 == store } }
            if !places.contains(where: { $0 == place || $0.hasPrefix(store + " (") && distribution == nil }) {
                places.append(place)
            }
        }
        text = SanitizedText.clean(places.count > 3 ? "\(places.count) places" : places.joined(separator: ", "))
    }

    private static func text(_ option: String, of step: PipelineStep) -> String? {
        if case .scalar(let text, plain: _)? = step.options[option]?.content { text } else { nil }
    }
}
