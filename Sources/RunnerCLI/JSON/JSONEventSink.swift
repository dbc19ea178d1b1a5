internal import PipelineKit
internal import Synchronization

/// Prints every event of a run as a line of JSON on standard output.
final class JSONEventSink: EventSink {
    private let console: Console
    private let runID: String
    private let clock: any RunClock
    private let exit: @Sendable (RunResult) -> Exit
    private let lastProgress = Mutex<ContinuousClock.Instant?>(nil)

    /// Of progress, one event in this time is enough: a step can have 200,000 of them.
    static let progressInterval = Duration.seconds(1)

    init(console: Console, runID: String, clock: any RunClock, exit: @escaping @Sendable (RunResult) -> Exit) {
        self.console = console
        self.runID = runID
        self.clock = clock
        self.exit = exit
    }

    func receive(_ event: TimedEvent) {
        if case .progress = event.event, !isProgressDue { return }
        console.print(JSONDocument(event, run: runID, exit: exit).line)
    }

    private var isProgressDue: Bool {
        let now = clock.now
        return lastProgress.withLock { last in
            if let time = last, time.duration(to: now) < Self.progressInterval { return false }
            last = now
            return true
        }
    }
}
