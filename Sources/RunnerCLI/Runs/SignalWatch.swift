internal import Glibc
internal import PipelineKit
internal import UnixSignals

/// Cancels the run at the first signal that asks for its end, and ends the process at the second.
struct SignalWatch {
    let cancellation: Cancellation
    let background: BackgroundProcesses
    let shielded: ShieldedWork
    let console: Console
    let clock: any RunClock
    let runID: String
    let commands: RunCommandLine
    let signals: @Sendable () async -> AsyncStream<StopSignal>
    let endProcess: @Sendable (Int32) -> Void

    /// How long the journal may take for the first signal's record, once the second has come.
    private static let patience = Duration.milliseconds(500)

    func whileWatching<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) async -> Result {
        // A handler that does nothing, not SIG_IGN, which children would inherit: a write to a pipe or connection that
        // nobody reads must be an error of that write and not the end of a deploy.
        signal(SIGPIPE) { _ in }
        // Before the work begins: until somebody listens, a signal ends the process.
        let signals = await signals()
        let watch = Workplace.task { await obey(signals) }
        defer { watch.cancel() }
        return await work()
    }

    private func obey(_ signals: AsyncStream<StopSignal>) async {
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
                request = Workplace.task { [cancellation, console] in
                    await cancellation.requestDurably(signal.cause) { sentence in
                        console.note(SanitizedText.clean(sentence))
                    }
                }
            case .echo: continue
            case .second: await end(signal, after: request)
            }
        }
    }

    /// Ends the process, but no write in its middle.
    ///
    /// - Parameter request: the first signal's record in the journal.
    private func end(_ signal: StopSignal, after request: Task<Void, Never>?) async {
        console.note(
            "stopped at once; what is left is in the journal: finish the run with `\(commands.recover)`, or undo it with "
                + "`\(commands.rollback(runID))`")
        console.draw("")
        background.terminate()
        let exit = Int32(signal.exit.rawValue)
        end(exit, after: ShieldedWork.grace)
        await shielded.close()
        end(exit, after: Self.patience)
        await request?.value
        endProcess(exit)
    }

    private func end(_ exit: Int32, after delay: Duration) {
        _ = Workplace.task { [clock, endProcess] in
            try? await clock.sleep(for: delay)
            endProcess(exit)
        }
    }
}

/// A signal that asks a run to stop.
struct StopSignal: Sendable {
    let unixSignal: UnixSignal
    let cause: CancelCause
    let exit: Exit
    /// Whether it stays ignored if whoever started the process had it ignored: `nohup` does that with SIGHUP, and shells
    /// do it with SIGQUIT for what they start in the background.
    private var mayBeIgnored = false

    static let all = [
        StopSignal(unixSignal: .sigint, cause: .interrupted, exit: .interrupted),
        StopSignal(unixSignal: .sigterm, cause: .terminated, exit: .terminated),
        StopSignal(unixSignal: .sighup, cause: .hungUp, exit: .hungUp, mayBeIgnored: true),
        StopSignal(unixSignal: .sigquit, cause: .quit, exit: .quit, mayBeIgnored: true),
    ]

    /// Those that this process obeys, as they come.
    static func trapped() async -> AsyncStream<StopSignal> {
        let signals = await UnixSignalsSequence(trapping: toObey.map(\.unixSignal))
        return AsyncStream { continuation in
            let task = Task {
                for await signal in signals {
                    if let known = all.first(where: { $0.unixSignal == signal }) { continuation.yield(known) }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// Those that this process obeys.
    static var toObey: [StopSignal] { all.filter { !$0.mayBeIgnored || !ProcessSetup.ignores($0.unixSignal.rawValue) } }
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
