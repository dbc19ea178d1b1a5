import Logging
@testable import PipelineKit
@testable import RunnerCLI
import Testing

/// When a line of the log is told, and which are only in the log file.
@Suite struct StepLogTests {
    private func log(_ verbosity: Verbosity, _ events: [RunEvent], tellsAtOnce: Bool = false) -> [StepLog.Told] {
        var log = StepLog(tellsAtOnce: tellsAtOnce)
        return events.map { log.receive($0, verbosity) }
    }

    private let begin = RunEvent.stepStarted(id: "build", kind: "exec")
    private func end(_ error: String? = nil) -> RunEvent {
        .stepFinished(
            StepReport(id: "build", kind: "exec", outcome: error == nil ? .success : .failure, error: error))
    }

    @Test func aStepThatEndsWellKeepsItsLinesToItself() {
        let told = log(
            .normal, [begin, .log(id: "build", .info, "one"), .log(id: "build", .warning, "two"), end()])
        #expect(told.map { $0.lines.map(\.text) } == [[], [], [], ["two"]])
    }

    @Test func ofManyLinesTheLastOnesAreKeptAndEveryWarning() {
        let lines = [RunEvent.log(id: "build", .warning, "odd")] + (1...100).map { .log(id: "build", .info, "\($0)") }
        let told = log(.normal, [begin] + lines + [end("broke")]).last
        #expect(told?.lines.map(\.text) == ["odd"] + (52...100).map(String.init))
        #expect(told?.left == 51)
    }

    @Test func bytesAreBounded() {
        let long = RunEvent.log(id: "build", .info, String(repeating: "x", count: 10_000))
        let told = log(.normal, [begin, long, long, end("broke")]).last
        #expect(told?.lines.count == 1 && told?.left == 1)
    }

    /// A background program of `build` writes while another step is at work.
    @Test func aLineOfAnotherStepIsNotTakenForOneOfThisStep() {
        let told = log(
            .normal, [.stepStarted(id: "sync", kind: "sync"), .log(id: "build", .info, "GET /"), end("broke")])
        #expect(told.allSatisfy { $0.lines.isEmpty })
        let verbose = log(.verbose, [.stepStarted(id: "sync", kind: "sync"), .log(id: "build", .info, "GET /")])
        #expect(verbose.last?.lines.map(\.isOfStepAtWork) == [false] && verbose.last?.announced == nil)
    }

    @Test func verboseAnnouncesAStepOnce() {
        let told = log(.verbose, [begin, .log(id: "build", .debug, "a"), .log(id: "build", .info, "b"), end()])
        #expect(told.map(\.announced) == [nil, "build", nil, nil])
        #expect(told.map { $0.lines.map(\.text) } == [[], ["a"], ["b"], []])
    }

    @Test func aPlanTellsWhatItsStepsSayAtOnce() {
        let lines: [RunEvent] = [.log(id: "tag", .info, "took the tag `v1`"), .log(id: "tag", .debug, "looks")]
        #expect(log(.normal, lines, tellsAtOnce: true).map(\.lines.count) == [1, 0])
        #expect(log(.normal, lines).map(\.lines.count) == [0, 0])
    }
}
