internal import Logging
internal import PipelineKit

/// What the step at work has logged, until its row is told: the lines follow the row. Those of the level `info` are told
/// only if the step fails. The run's log file has them all, as they come.
struct StepLog: Sendable {
    struct Line: Hashable, Sendable {
        /// Nil for what the engine says.
        var step: String?
        var level: Logger.Level
        var text: String
        /// False if another step is at work, such as for what a background program writes.
        var isOfStepAtWork = false
    }

    /// What an event makes of the log.
    struct Told: Hashable, Sendable {
        /// To be told with this event.
        var lines: [Line] = []
        /// Lines of the step that are only in the log file.
        var left = 0
        /// The step at work, if it must be announced before its first line.
        var announced: String?

        static let nothing = Told()
    }

    /// Of the lines that are no warnings, the last ones are kept.
    static let (most, mostBytes) = (50, 16 << 10)

    /// True for a plan, which has no rows that lines could follow.
    private let tellsAtOnce: Bool
    /// The step at work, or that is being undone.
    private var step: String?
    private var lines: [Line] = []
    private var bytes = 0
    private var left = (all: 0, notices: 0)
    private var isAnnounced = false

    init(tellsAtOnce: Bool = false) {
        self.tellsAtOnce = tellsAtOnce
    }

    mutating func receive(_ event: RunEvent, _ verbosity: Verbosity) -> Told {
        switch event {
        case .stepStarted(let id, _), .rollbackStarted(let id, _):
            self = StepLog(tellsAtOnce: tellsAtOnce)
            step = id
            return .nothing
        case .stepPrepared(let id, let changes):
            return Told(announced: changes.isEmpty ? nil : announced(id, verbosity))
        case .log(let id, let level, let text): return add(Line(step: id, level: level, text: text), verbosity)
        case .stepFinished(let report): return end(isBad: report.error != nil)
        case .rollbackFinished(_, _, let error, _, _): return end(isBad: error != nil)
        default: return .nothing
        }
    }

    private mutating func add(_ line: Line, _ verbosity: Verbosity) -> Told {
        var line = line
        let isOfStep = line.step != nil && line.step == step
        line.isOfStepAtWork = isOfStep
        if verbosity == .verbose {
            return Told(lines: [line], announced: isOfStep ? announced(line.step, verbosity) : nil)
        }
        let isWarning = line.level >= .warning
        // Nothing of `--quiet` is a row that lines could stand below.
        if verbosity == .quiet { return isWarning ? Told(lines: [line]) : .nothing }
        if !isOfStep { return isWarning || tellsAtOnce && line.level >= .info ? Told(lines: [line]) : .nothing }
        guard line.level >= .info else { return .nothing }
        keep(line)
        return .nothing
    }

    /// The step, the first time only: its lines follow as they come.
    private mutating func announced(_ id: String?, _ verbosity: Verbosity) -> String? {
        guard verbosity == .verbose, !isAnnounced else { return nil }
        isAnnounced = true
        return id
    }

    private mutating func keep(_ line: Line) {
        lines.append(line)
        bytes += line.text.utf8.count
        while lines.count > Self.most || bytes > Self.mostBytes,
            let oldest = lines.firstIndex(where: { $0.level < .warning })
        {
            let line = lines.remove(at: oldest)
            bytes -= line.text.utf8.count
            left.all += 1
            if line.level >= .notice { left.notices += 1 }
        }
    }

    private mutating func end(isBad: Bool) -> Told {
        let told = Told(
            lines: isBad ? lines : lines.filter { $0.level >= .notice }, left: isBad ? left.all : left.notices)
        self = StepLog(tellsAtOnce: tellsAtOnce)
        return told
    }
}
