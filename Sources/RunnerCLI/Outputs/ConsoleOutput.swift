internal import PipelineKit
internal import Synchronization

/// Tells a run on the console: a line for each thing that happens, and between them what the run is doing.
final class ConsoleOutput: RunOutput {
    private let console: Console
    private let lines: EventLines
    private let hasLiveLine: Bool
    private let clock: any RunClock
    private let state: Mutex<State>
    /// Keeps the live line up to date between events.
    private let ticker = Mutex<Task<Void, Never>?>(nil)

    private struct State {
        var status = RunStatus()
        var log: StepLog
        var lastLine: ContinuousClock.Instant
        var lastDraw: ContinuousClock.Instant?
        /// Whether it was told what the step at work has said.
        var isSaidTold = false

        /// How long nothing must be told before a line breaks the silence.
        var silence: Duration {
            isSaidTold || status.work?.said.isEmpty ?? true ? ConsoleOutput.silence : ConsoleOutput.firstSilence
        }

        func isDrawDue(at now: ContinuousClock.Instant) -> Bool {
            lastDraw.map { $0.duration(to: now) >= ConsoleOutput.drawInterval } ?? true
        }
    }

    /// The live line is drawn at most this often.
    static let drawInterval = Duration.milliseconds(100)
    /// Off a terminal, a line breaks a silence that is longer than this.
    static let silence = Duration.seconds(30)
    /// The same the first time that a step says what it waits for: who reads the log of a job sees where it is.
    static let firstSilence = Duration.seconds(2)

    convenience init(_ run: RunOutputContext) {
        let console = run.output.console
        let lines = EventLines(
            style: console.style, verbosity: run.output.notes, pipeline: run.pipeline,
            folder: run.context.currentFolder, isRollback: run.purpose == .rollback, reportPath: run.reportPath,
            commands: run.commands, closing: run.closing)
        self.init(console: console, lines: lines, clock: run.context.clock)
    }

    /// - Parameter isPlan: whether steps only look, so that what they say is told at once.
    init(console: Console, lines: EventLines, clock: any RunClock, isPlan: Bool = false) {
        self.console = console
        self.lines = lines
        self.clock = clock
        hasLiveLine = lines.verbosity > .quiet && console.live != nil
        state = Mutex(State(log: StepLog(tellsAtOnce: isPlan), lastLine: clock.now))
    }

    func begin() {
        ticker.withLock { $0 = Workplace.task { [self] in await keepTelling() } }
    }

    func finish() async {
        ticker.withLock { $0?.cancel() }
    }

    func receive(_ event: TimedEvent) {
        let now = clock.now
        let (rollbackWarned, logged) = state.withLock { state in
            state.status.apply(event.event, at: now)
            switch event.event {
            case .stepStarted, .rollbackStarted: state.isSaidTold = false
            default: break
            }
            return (state.status.rollbackWarned, state.log.receive(event.event, lines.verbosity))
        }
        if case .progress = event.event { return draw(at: now) }
        let told = lines.lines(
            for: event.event, logged, width: console.window(.error), rollbackWarned: rollbackWarned)
        if told.isEmpty {
            draw(at: now)
        } else {
            tell(told, at: now)
        }
    }

    /// Keeps the live line up to date, or breaks long silences, until its task is cancelled.
    private func keepTelling() async {
        guard lines.verbosity > .quiet else { return }
        while (try? await clock.expire(after: hasLiveLine ? Self.drawInterval * 2 : Self.firstSilence / 4)) != nil {
            tick()
        }
    }

    /// Looks whether there is something to draw or a silence to break.
    func tick() {
        let now = clock.now
        if hasLiveLine { return draw(at: now) }
        let line = state.withLock { state -> String? in
            guard let work = state.status.work, state.lastLine.duration(to: now) >= state.silence else { return nil }
            let isFirst = !state.isSaidTold && !work.said.isEmpty
            if isFirst { state.isSaidTold = true }
            return lines.heartbeat(for: work, at: now, tellingWhatItSaid: isFirst)
        }
        if let line { tell([line], at: now) }
    }

    /// Prints all of them in one write.
    private func tell(_ told: [String], at now: ContinuousClock.Instant) {
        state.withLock { $0.lastLine = now }
        console.note(told, thenDrawing: hasLiveLine ? current(at: now) ?? "" : nil)
    }

    private func draw(at now: ContinuousClock.Instant) {
        guard hasLiveLine, let line = current(at: now) else { return }
        console.draw(line)
    }

    /// The live line, empty if no step is running; nil if the last one is too young to be drawn over.
    private func current(at now: ContinuousClock.Instant) -> String? {
        let work = state.withLock { state -> RunStatus.Work?? in
            guard let work = state.status.work else { return .some(nil) }
            guard state.isDrawDue(at: now) else { return nil }
            state.lastDraw = now
            return work
        }
        guard let work else { return nil }
        // A line as wide as the window would wrap.
        return work.map { lines.line(for: $0, at: now, width: console.width(.error) - 1) } ?? ""
    }
}
