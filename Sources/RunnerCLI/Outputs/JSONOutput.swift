internal import PipelineKit
internal import Synchronization

/// Prints every event of a run as a line of JSON on standard output.
final class JSONOutput: RunOutput {
    private let output: CommandOutput
    private let runID: String
    private let clock: any RunClock
    private let exit: @Sendable (RunResult) -> Exit
    private let lastProgress = Mutex<ContinuousClock.Instant?>(nil)

    /// Of progress, one event in this time is enough: a step can have 200,000 of them.
    static let progressInterval = Duration.seconds(1)

    /// - Returns: nil if the command line does not ask for JSON.
    convenience init?(_ run: RunOutputContext) {
        guard run.output.format == .json else { return nil }
        self.init(run.output, runID: run.run.id, clock: run.context.clock, exit: run.purpose.exit(of:))
    }

    init(_ output: CommandOutput, runID: String, clock: any RunClock, exit: @escaping @Sendable (RunResult) -> Exit) {
        self.output = output
        self.runID = runID
        self.clock = clock
        self.exit = exit
    }

    func receive(_ event: TimedEvent) {
        if case .progress = event.event, !isProgressDue { return }
        output.document(JSONDocument(event, run: runID, exit: exit))
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
