internal import FoundationEssentials
internal import Logging
internal import PipelineKit

extension JSONDocument {
    /// An event as a line of `--json`.
    ///
    /// - Parameter exit: the exit code of the process; called at the run's end.
    init(_ event: TimedEvent, run: String, exit: (RunResult) -> Exit) {
        self.init(
            schema: "runner.event/1", type: event.event.typeName,
            head: [("run", .text(run)), ("time", .text(event.date.journalText))],
            fields: event.event.fields(exit: exit))
    }
}

extension RunEvent {
    /// The event's `type`.
    fileprivate var typeName: String {
        switch self {
        case .runStarted: "run-started"
        case .leaseAwaited: "lease-awaited"
        case .phaseStarted: "phase-started"
        case .stepStarted: "step-started"
        case .stepSkipped: "step-skipped"
        case .stepPrepared: "step-prepared"
        case .attemptFailed: "attempt-failed"
        case .progress: "progress"
        case .log: "log"
        case .stepFinished: "step-finished"
        case .runFailed: "run-failed"
        case .rollbackStarted: "rollback-started"
        case .rollbackFinished: "rollback-finished"
        case .runEnded: "run-ended"
        }
    }

    fileprivate func fields(exit: (RunResult) -> Exit) -> [String: Value] {
        switch self {
        case .runStarted(let heading): heading.fields
        case .leaseAwaited(let resource, let owner):
            ["resource": .text(resource.url), "owner": owner?.document ?? .null]
        case .phaseStarted(let phase): ["phase": .text(phase.rawValue)]
        case .stepStarted(let id, let kind), .rollbackStarted(let id, let kind):
            ["step": .text(id), "kind": .text(kind)]
        case .stepSkipped(let id, let reason): ["step": .text(id), "reason": .text(reason)]
        case .stepPrepared(let id, let changes):
            changes.fields.merging(["step": .text(id)]) { $1 }
        case .attemptFailed(let id, let attempt, let error, let delay):
            [
                "step": .text(id), "part": .text(attempt.part.rawValue), "attempt": .integer(attempt.number),
                "attempts": .integer(attempt.of), "error": error.document,
                "retry-in-ms": .integer(delay.inMilliseconds),
            ]
        case .progress(let id, let state):
            [
                "step": .text(id), "done": .integer(state.done), "total": state.total.map { .integer($0) } ?? .null,
                "unit": .text(state.unit), "bytes": .integer(state.bytes), "detail": .text(state.detail),
                "slowed-by": .text(state.slowedBy),
            ]
        case .log(let id, let level, let text):
            ["step": .text(id), "level": .text(level.rawValue), "text": .text(text)]
        case .stepFinished(let report): report.fields
        case .runFailed(let failed): failed.fields
        case .rollbackFinished(let id, let duration, let error, let isFinal, let summary):
            [
                "step": .text(id), "duration-ms": .integer(duration.inMilliseconds),
                "error": error?.document ?? .null, "final": .bool(isFinal), "summary": .text(summary),
            ]
        case .runEnded(let result): result.fields(exit: exit(result))
        }
    }
}

extension RunHeading {
    fileprivate var fields: [String: Value] {
        [
            "pipeline": .text(pipeline), "file": .text(file), "folder": .text(folder), "resumed": .bool(isResumed),
            "steps": .list(steps.map { ["step": .text($0.id), "kind": .text($0.kind)] }),
        ]
    }
}

extension LeaseOwner {
    var document: Value {
        [
            "run": .text(runID), "pipeline": .text(pipeline), "host": .text(host), "process": .integer(processID),
            "since": .text(since),
            "job": job.map { ["system": .text($0.name), "url": $0.url.map { .text($0) } ?? .null] } ?? .null,
        ]
    }
}

extension ChangeList {
    /// The first ones, and how many there are of each verb.
    var fields: [String: Value] {
        let totals = totals.map { ($0.rawValue, ["count": .integer($1.count), "bytes": .integer($1.bytes)] as Value) }
        return [
            "changes": .list(first.map(\.document)), "change-count": .integer(count),
            "change-totals": .object(Dictionary(uniqueKeysWithValues: totals)), "summary": .text(summary),
            "files": files?.document ?? .null, "notes": .list(notes.map { .text($0) }),
            "unproven-rights": .list(unprovenRights.map { .text($0) }),
        ]
    }
}

extension ChangeList.Files {
    fileprivate var document: Value {
        [
            "new": .integer(new), "changed": .integer(changed), "gone": .integer(gone),
            "unchanged": .integer(unchanged), "bytes": .integer(bytes), "live": .bool(areLive),
        ]
    }
}

extension Change {
    fileprivate var document: Value {
        [
            "verb": .text(verb.rawValue), "subject": .text(subject), "detail": .text(detail),
            "bytes": bytes.map { .integer($0) } ?? .null, "old-bytes": oldBytes.map { .integer($0) } ?? .null,
        ]
    }
}

extension StepReport {
    fileprivate var fields: [String: Value] {
        [
            "step": .text(id), "kind": .text(kind), "outcome": .text(outcome.identifier),
            "attempts": .integer(attempts),
            "duration-ms": .integer(duration.inMilliseconds), "outputs": .object(outputs), "error": .text(error),
            "rolled-back": .bool(rolledBack), "summary": .text(summary),
        ]
    }
}

extension RunFailed {
    var fields: [String: Value] {
        [
            "cause": .text(cause.identifier), "step": .text(step), "error": error?.document ?? .null,
            "attempts": attempts.map { .integer($0) } ?? .null,
            "duration-ms": milliseconds.map { .integer($0) } ?? .null,
        ]
    }
}

extension StepUnfinished {
    var fields: [String: Value] {
        ["step": .text(step), "error": error.document, "consequence": .text(consequence)]
    }
}

extension RunResult {
    fileprivate func fields(exit: Exit) -> [String: Value] {
        [
            "outcome": .text(outcome.identifier), "exit-code": .integer(exit.rawValue),
            "duration-ms": .integer(duration.inMilliseconds), "stood-aside": .bool(didNothing),
            "failure": failure.map { .object($0.fields) } ?? .null, "steps": .list(steps.map { .object($0.fields) }),
            "finally-errors": .list(finallyErrors.map { .text($0.id) }),
            "unfinished": .list(unfinished.map { .object($0.fields) }),
            "left": .list(
                left.map {
                    [
                        "step": .text($0.step), "kind": .text($0.kind), "reason": .text($0.reason),
                        "final": .bool($0.isFinal),
                    ]
                }),
        ]
    }
}
