internal import FoundationEssentials
internal import Logging
internal import PipelineKit
internal import SystemPackage

/// What is known of a run when its report is written: everything that this process did, and what the journal holds of
/// earlier processes.
struct RunReport: Sendable {
    static let fileName = "report.html"

    var runID: String
    var pipeline: String
    var file: String
    var folder: String
    var runner: String
    var startedAt: Date
    var endedAt: Date
    var isResumed: Bool
    /// The page that an earlier process left, beside this one: it has what the journal does not hold, such as its log.
    var earlierPage: String?
    /// In the order of the file.
    var steps: [StepStory]
    var log = ReportLog()
    var result: RunResult?
    var exit: @Sendable (RunResult) -> Exit
    /// How commands about the run are typed.
    var commands: RunCommandLine
    /// The machine that this process ran on.
    var host = ""
    /// What the journal tells at the end; nil if it cannot be read.
    var facts: RunFacts?
    /// What visitors have, as far as the run knows.
    var visitors: [Visitors] = []
    /// What to type next; nil if there is nothing to do.
    var next: RunClosing.Next?
    /// Where the pipeline file has the step that failed.
    var place: String?

    /// How one step went.
    struct StepStory: Sendable {
        var id: String
        var kind: String
        var isFinal: Bool
        var spans: [Span] = []
        var changes = ChangeList()
        var skipReason: String?
        /// Errors that belong to no span: of processes before this one, and of a step that had not begun.
        var errors: [(label: String, error: ErrorRecord)] = []
        var report: StepReport?
    }

    /// A bar of the timeline.
    struct Span: Sendable {
        var label: String
        var from: Date
        var to: Date
        var ending: TryState
        var error: ErrorRecord?

        var length: Duration { .milliseconds(Int((to.timeIntervalSince(from) * 1_000).rounded())) }
    }

    init(
        _ pipeline: Pipeline, _ run: RunIdentity, runner: String, records: [JournalRecord],
        exit: @escaping @Sendable (RunResult) -> Exit, commands: RunCommandLine = .plain, host: String = ""
    ) {
        runID = run.id
        self.pipeline = SanitizedText.clean(pipeline.name)
        file = SanitizedText.clean(pipeline.path.string)
        folder = run.folder
        self.runner = runner
        startedAt = run.startedAt
        endedAt = run.startedAt
        isResumed = !records.isEmpty
        self.exit = exit
        self.commands = commands
        self.host = host
        steps =
            pipeline.steps.map { StepStory(id: $0.id, kind: $0.kind.name, isFinal: false) }
            + pipeline.finally.map { StepStory(id: $0.id, kind: $0.kind.name, isFinal: true) }
        positions = Dictionary(steps.enumerated().map { ($1.id, $0) }) { first, _ in first }
        tell(records)
    }

    private var positions: [String: Int]

    mutating func change(_ id: String, _ body: (inout StepStory) -> Void) {
        if let index = positions[id] { body(&steps[index]) }
    }

    /// Adds what earlier processes did.
    private mutating func tell(_ records: [JournalRecord]) {
        let times = records.map { Date(journalText: $0.time) ?? startedAt }
        endedAt = times.last ?? endedAt
        for (index, record) in records.enumerated() {
            let time = times[index]
            switch record.entry {
            case .finished(let finished):
                let from = time - Double(finished.milliseconds) / 1_000
                let isGood = finished.error == nil
                guard finished.outcome != .skipped else { continue }
                change(finished.step) {
                    $0.spans = [
                        Span(
                            label: "earlier", from: from, to: time, ending: isGood ? .good : .failed,
                            error: finished.error)
                    ]
                }
            case .prepared(let prepared):
                // Until its end is told: the process may have been killed.
                let next = index + 1 < times.count ? times[index + 1] : time
                change(prepared.step) { $0.spans.append(Span(label: "earlier", from: time, to: next, ending: .open)) }
            case .failed(let failed):
                guard let step = failed.step else { continue }
                change(step) { story in
                    guard let last = story.spans.indices.last else {
                        if let error = failed.error { story.errors.append(("the step", error)) }
                        return
                    }
                    story.spans[last].ending = .failed
                    story.spans[last].error = failed.error
                }
            case .unfinished(let unfinished):
                let from = time - Double(unfinished.milliseconds) / 1_000
                change(unfinished.step) { story in
                    story.spans = [
                        Span(label: "earlier", from: from, to: time, ending: .failed, error: unfinished.error)
                    ]
                }
            case .rolledBack(let undone):
                let from = time - Double(undone.milliseconds) / 1_000
                change(undone.step) { $0.spans.append(Span(label: "rollback", from: from, to: time, ending: .undone)) }
            case .rollbackFailed(let stuck):
                change(stuck.step) { $0.errors.append(("an earlier rollback", stuck.error)) }
            case .started, .leased, .ended: continue
            }
        }
    }
}

/// The lines of a run's log that its report shows.
struct ReportLog: Sendable {
    struct Line: Sendable {
        var number: Int
        var date: Date
        var step: String?
        var level: Logger.Level
        var text: String
    }

    private static let (mostWarnings, mostOthers, longest) = (300, 200, 2_000)

    private var warnings: [Line] = []
    /// A ring buffer of the last ones.
    private var others: [Line] = []
    private(set) var count = 0

    mutating func add(_ date: Date, _ step: String?, _ level: Logger.Level, _ text: String) {
        count += 1
        let cut = text.utf8.count > Self.longest ? String(text.prefix(Self.longest)) + "…" : text
        let line = Line(number: count, date: date, step: step, level: level, text: cut)
        if level >= .warning {
            if warnings.count < Self.mostWarnings { warnings.append(line) }
        } else if others.count < Self.mostOthers {
            others.append(line)
        } else {
            others[replaced] = line
            replaced = (replaced + 1) % Self.mostOthers
        }
    }

    private var replaced = 0

    /// Warnings and errors, and the last of the others, in their order.
    var lines: [Line] { (warnings + others).sorted { $0.number < $1.number } }
}
