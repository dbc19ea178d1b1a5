internal import Glibc
internal import PipelineKit
internal import UnixSignals

/// Makes a request to stop of the first SIGINT or SIGTERM, and ends the process at the second.
struct SignalWatch {
    let cancellation: Cancellation
    let console: Console
    let runID: String

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
        for await signal in signals {
            let isInterrupt = signal == .sigint
            guard cancellation.cause == nil || cancellation.cause == .timeout else {
                console.note(
                    "stopped at once; finish the run with `runner recover`, or undo it with `runner rollback \(runID)`")
                console.live?.show("")
                _exit(isInterrupt ? 130 : 143)
            }
            console.note("stopping: what was changed is rolled back; a second signal ends the process at once")
            await cancellation.requestDurably(isInterrupt ? .interrupted : .terminated)
        }
    }
}
