internal import Glibc
internal import PipelineKit
internal import UnixSignals

/// Cancels the run at the first SIGINT or SIGTERM, and ends the process at the second.
struct SignalWatch {
    let cancellation: Cancellation
    let background: BackgroundProcesses
    let console: Console
    let clock: any RunClock
    let runID: String
    let commands: RunCommandLine

    /// How long the journal may take for the first signal's record, once the second has come.
    private static let patience = Duration.milliseconds(500)

    func whileWatching<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) async -> Result {
        // A handler that does nothing, not SIG_IGN, which children would inherit: a write to a pipe or connection that
        // nobody reads must be an error of that write and not the end of a deploy.
        signal(SIGPIPE) { _ in }
        let watch = Task { await obey() }
        defer { watch.cancel() }
        return await work()
    }

    private func obey() async {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        var count = SignalCount()
        var request: Task<Void, Never>?
        for await signal in signals {
            switch count.add(at: clock.now) {
            case .first:
                let isRollingBack = cancellation.cause != nil
                console.note(
                    (isRollingBack
                        ? "stopping: the run took too long, and what was changed is being rolled back already"
                        : "stopping: what was changed is rolled back")
                        + "; a second signal, a second or more after this one, ends the process at once")
                // In a task of its own: signals must be counted while a slow disk takes the journal's record.
                request = Task { [cancellation] in
                    await cancellation.requestDurably(signal == .sigint ? .interrupted : .terminated)
                }
            case .echo: continue
            case .second:
                console.note(
                    "stopped at once; finish the run with `\(commands.recover)`, or undo it with `\(commands.rollback(runID))`"
                )
                console.draw("")
                background.terminate()
                let status: Int32 = signal == .sigint ? 130 : 143
                Task { [clock] in
                    try? await clock.sleep(for: Self.patience)
                    _exit(status)
                }
                await request?.value
                _exit(status)
            }
        }
    }
}

/// Tells a second signal from the echo of the first: wrappers such as `timeout`, `make` and `npm` pass on a signal that
/// the whole process group has received already.
struct SignalCount {
    enum Verdict: Hashable {
        case first
        /// It belongs to the first.
        case echo
        case second
    }

    /// A signal that comes sooner after the first one belongs to it.
    static let echoes = Duration.seconds(1)

    private var first: ContinuousClock.Instant?

    mutating func add(at now: ContinuousClock.Instant) -> Verdict {
        guard let first else {
            first = now
            return .first
        }
        return first.duration(to: now) < Self.echoes ? .echo : .second
    }
}
