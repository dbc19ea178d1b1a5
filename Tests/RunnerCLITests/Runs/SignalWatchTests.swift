import PipelineKit
@testable import RunnerCLI
import TestSupport
import Testing

@Suite struct SignalWatchTests {
    /// A signal that comes before somebody listens ends the process, whatever the run has begun by then.
    @Test func workBeginsWhenSignalsAreHeard() async {
        let order = Recorder()
        let watch = SignalWatch(
            cancellation: Cancellation(), background: BackgroundProcesses(), shielded: ShieldedWork(),
            console: Console(write: { _, text in order.note(text) }, style: TextStyle(isColoured: false)),
            clock: TestClock(), runID: "run-1", commands: RunCommandLine(store: "store"),
            signals: {
                for _ in 0..<100 { await Task.yield() }
                order.note("signals are heard")
                return AsyncStream { $0.finish() }
            },
            endProcess: { order.note("ended with \($0)") })
        await watch.whileWatching { order.note("the work begins") }
        #expect(order.lines == ["signals are heard", "the work begins"])
    }
}
