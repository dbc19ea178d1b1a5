import FoundationEssentials
import Logging
@testable import PipelineKit

/// One event of each kind, with something in every field.
enum SampleEvents {
    static let error = ErrorRecord(code: "no-answer", message: "the server did not answer", help: "start it")
    static let failure = RunFailed(cause: .failure, step: "upload", error: error)
    static let report = StepReport(
        id: "upload", kind: "sync", outcome: .failure, attempts: 2, duration: .milliseconds(1_500),
        outputs: ["files": 3], error: "the server did not answer", rolledBack: true)

    static func all(text: String = "a.html") -> [RunEvent] {
        var result = RunResult(
            runID: "run-1", outcome: .failure, steps: [report], failure: failure, finallyErrors: [report],
            left: [
                UnrestoredChange(
                    step: "notify", kind: "exec", reason: "it had begun and cannot be undone", isFinal: true)
            ],
            duration: .seconds(2))
        result.steps[0].error = text
        let owner = LeaseOwner(
            runID: "run-0", pipeline: "deploy", host: "build", processID: 7, since: "2026-01-01T00:00:00.000Z")
        return [
            .runStarted(
                RunHeading(
                    runID: "run-1", pipeline: "deploy", file: "/p/deploy.yml", folder: "/p/.runner/runs/run-1",
                    steps: [("upload", "sync")], isResumed: false)),
            .leaseAwaited(Resource(url: "file:///srv/site"), owner),
            .phaseStarted(.steps),
            .stepStarted(id: "upload", kind: "sync"),
            .stepSkipped(id: "check", reason: "its condition is false"),
            .stepPrepared(id: "upload", [Change(.add, text, detail: "is new", bytes: 120)]),
            .attemptFailed(
                id: "upload", Attempt(part: .run, number: 1, of: 3),
                error: ErrorRecord(code: "no-answer", message: text, help: text), retryIn: .milliseconds(250)),
            .progress(id: "upload", .init(done: 1, total: 3, unit: "files", bytes: 120, detail: text)),
            .log(id: "upload", .info, text),
            .stepFinished(result.steps[0]),
            .runFailed(failure),
            .rollbackStarted(id: "upload", kind: "sync"),
            .rollbackFinished(id: "upload", .milliseconds(40), error: error, isFinal: false),
            .runEnded(result),
        ]
    }

    static func timed(_ event: RunEvent) -> TimedEvent {
        TimedEvent(date: Date(timeIntervalSince1970: 1_767_225_600.5), event: event)
    }
}
