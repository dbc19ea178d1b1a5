internal import Logging
public import PipelineKit

/// Notes each event as one short line. Progress is left out.
public struct RecordingSink: EventSink {
    private let recorder: Recorder

    public init(_ recorder: Recorder) {
        self.recorder = recorder
    }

    public func receive(_ event: TimedEvent) {
        if let line = Self.line(event.event) { recorder.note(line) }
    }

    private static func line(_ event: RunEvent) -> String? {
        switch event {
        case .runStarted(let heading): heading.isResumed ? "resume" : "begin"
        case .leaseAwaited(let resource, let owner): "waiting for \(resource), held by \(owner?.runID ?? "somebody")"
        case .phaseStarted(let phase): "[\(phase.rawValue)]"
        case .stepStarted(let id, _): "> \(id)"
        case .stepSkipped(let id, let reason): "- \(id): \(reason)"
        case .stepPrepared(let id, let changes): "  \(id) would: \(changes.first.map(\.text).joined(separator: ", "))"
        case .attemptFailed(let id, let attempt, let error, let delay):
            "! \(id) \(attempt.part.rawValue) \(attempt.number)/\(attempt.of) \(error.code), again in \(delay.text)"
        case .progress: nil
        case .log(let id, let level, let text): "\(level.rawValue) \(id ?? "run"): \(text)"
        case .stepFinished(let report):
            "< \(report.id) \(report.outcome.rawValue) \(report.attempts)" + (report.error.map { ": \($0)" } ?? "")
        case .runFailed(let failed): "failed: \(failed.text)"
        case .rollbackStarted(let id, _): "> undo \(id)"
        case .rollbackFinished(let id, _, let error, let isFinal, _):
            "< \(isFinal ? "left" : "undo") \(id)" + (error.map { ": \($0.message)" } ?? "")
        case .runEnded(let result): "end \(result.outcome.rawValue), exit \(result.exitCode.rawValue)"
        }
    }
}

extension RunFailed {
    var text: String { cause.rawValue + (step.map { " at \($0)" } ?? "") }
}

extension Change {
    fileprivate var text: String { "\(verb.rawValue) \(subject)" }
}
