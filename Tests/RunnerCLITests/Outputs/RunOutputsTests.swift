@testable import PipelineKit
@testable import RunnerCLI
import TestSupport
import Testing

/// Every output begins before a run's work and finishes after it.
@Suite struct RunOutputsTests {
    private struct Output: RunOutput {
        let name: String
        let recorder: Recorder

        func begin() { recorder.note("begin \(name)") }
        func receive(_ event: TimedEvent) { recorder.note("event \(name)") }
        func finish() async { recorder.note("finish \(name)") }
    }

    @Test func eachBeginsAndFinishesOnce() async {
        let recorder = Recorder()
        let outputs = RunOutputs(all: [
            Output(name: "console", recorder: recorder), Output(name: "page", recorder: recorder),
        ])
        let result = await outputs.whileOpen {
            for output in outputs.all { output.receive(SampleEvents.timed(.phaseStarted(.steps))) }
            return 7
        }
        #expect(result == 7)
        #expect(
            recorder.lines == [
                "begin console", "begin page", "event console", "event page", "finish console", "finish page",
            ])
    }
}
