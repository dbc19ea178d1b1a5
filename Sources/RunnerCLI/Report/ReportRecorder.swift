internal import FoundationEssentials
internal import PipelineKit
internal import Synchronization

/// Collects what a run's report tells, event by event.
final class ReportRecorder: Sendable {
    private let state: Mutex<State>

    fileprivate struct State {
        var report: RunReport
        /// When the part of a step that is running began, by step.
        var began: [String: Date] = [:]
        var attempt = 1
    }

    init(_ report: RunReport) {
        state = Mutex(State(report: report))
    }

    var report: RunReport { state.withLock(\.report) }

    func receive(_ event: TimedEvent) {
        if case .progress = event.event { return }
        state.withLock { $0.apply(event.event, at: event.date) }
    }
}

extension ReportRecorder.State {
    fileprivate mutating func apply(_ event: RunEvent, at date: Date) {
        report.endedAt = date
        switch event {
        case .stepStarted(let id, _):
            began[id] = date
            attempt = 1
        case .stepSkipped(let id, let reason): report.change(id) { $0.skipReason = reason }
        case .stepPrepared(let id, let changes):
            report.change(id) { story in
                story.changes = changes
            }
        case .attemptFailed(let id, let attempt, let error, let delay):
            let name = "\(attempt.part.rawValue), attempt \(attempt.number) of \(attempt.of)"
            close(id, name, at: date, attempt.part == .rollback ? .stuck : .failed, error)
            began[id] = date + Double(delay.inMilliseconds) / 1_000
            self.attempt = attempt.number + 1
        case .stepFinished(let step):
            let error = step.error.map { ErrorRecord(code: "", message: $0, help: nil) }
            close(
                step.id, attempt > 1 ? "attempt \(attempt)" : "run", at: date, error == nil ? .good : .failed, error)
        case .rollbackStarted(let id, _): began[id] = date
        case .rollbackFinished(let id, _, let error, _, _):
            close(id, "rollback", at: date, error == nil ? .undone : .stuck, error)
        case .log(let id, let level, let text): report.log.add(date, id, level, text)
        case .runEnded(let result): end(result)
        case .runStarted, .leaseAwaited, .phaseStarted, .runFailed, .progress: break
        }
    }

    private mutating func close(
        _ id: String, _ label: String, at date: Date, _ ending: TryState, _ error: ErrorRecord?
    ) {
        guard let from = began.removeValue(forKey: id) else {
            // It had not begun: a check before the first step has found it.
            if let error { report.change(id) { $0.errors.append(("the step", error)) } }
            return
        }
        // A wait that was cut short has not come to the next attempt.
        let span = RunReport.Span(label: label, from: min(from, date), to: date, ending: ending, error: error)
        report.change(id) { $0.spans.append(span) }
    }

    private mutating func end(_ result: RunResult) {
        report.result = result
        for step in result.steps {
            report.change(step.id) { story in
                story.report = step
            }
        }
    }
}
