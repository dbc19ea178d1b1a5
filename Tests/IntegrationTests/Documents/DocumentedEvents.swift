import Logging
@testable import PipelineKit

/// One event of each kind, with everything in it that may be there.
enum DocumentedEvents {
    static var all: [RunEvent] {
        let error = ErrorRecord(code: "a", message: "b", help: "c")
        let failure = RunFailed(cause: .failure, step: "a", error: error)
        let report = StepReport(id: "a", kind: "b", outcome: .success)
        let owner = LeaseOwner(
            runID: "a", pipeline: "b", host: "c", processID: 1, since: "d", job: CIJob(name: "e", url: "f"))
        let result = RunResult(
            runID: "a", outcome: .failure, steps: [report], failure: failure, finallyErrors: [report],
            left: [UnrestoredChange(step: "a", kind: "b", reason: "c")],
            unfinished: [StepUnfinished(step: "a", error: error, consequence: "b", attempts: 1, milliseconds: 2)],
            duration: .zero)
        let heading = RunHeading(
            runID: "a", pipeline: "b", file: "c", folder: "d", steps: [("e", "f")], isResumed: false)
        var changes: ChangeList = [Change(.add, "b", detail: "c", bytes: 1)]
        changes.files = ChangeList.Files()
        return [
            .runStarted(heading), .leaseAwaited(Resource(url: "file:///a"), owner), .phaseStarted(.steps),
            .stepStarted(id: "a", kind: "b"), .stepSkipped(id: "a", reason: "b"),
            .stepPrepared(id: "a", changes),
            .attemptFailed(id: "a", Attempt(part: .run, number: 1, of: 2), error: error, retryIn: .zero),
            .progress(id: "a", .init(done: 1, total: 2, unit: "files")), .log(id: "a", .info, "b"),
            .stepFinished(report), .runFailed(failure), .rollbackStarted(id: "a", kind: "b"),
            .rollbackFinished(id: "a", .zero, error: nil, isFinal: false), .runEnded(result),
        ]
    }
}
