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
            close(id, name, at: date, attempt.part == .rollback ? .stuck : .failed)
            began[id] = date + Double(delay.inMilliseconds) / 1_000
            self.attempt = attempt.number + 1
            report.change(id) { $0.errors.append((name, error)) }
        case .stepFinished(let step):
            close(step.id, attempt > 1 ? "attempt \(attempt)" : "run", at: date, step.error == nil ? .good : .failed)
        case .rollbackStarted(let id, _): began[id] = date
        case .rollbackFinished(let id, _, let error, _, _):
            close(id, "rollback", at: date, error == nil ? .undone : .stuck)
            if let error { report.change(id) { $0.errors.append(("its rollback", error)) } }
        case .log(let id, let level, let text): report.log.add(date, id, level, text)
        case .runFailed(let failed): note(failed)
        case .runEnded(let result): end(result)
        case .runStarted, .leaseAwaited, .phaseStarted, .progress: break
        }
    }

    private mutating func close(_ id: String, _ label: String, at date: Date, _ ending: TryState) {
        guard let from = began.removeValue(forKey: id) else { return }
        // A wait that was cut short has not come to the next attempt.
        let span = RunReport.Span(label: label, from: min(from, date), to: date, ending: ending)
        report.change(id) { $0.spans.append(span) }
    }

    private mutating func note(_ failed: RunFailed) {
        guard let id = failed.step, let error = failed.error else { return }
        report.change(id) { $0.errors.append(("the step", error)) }
    }

    private mutating func end(_ result: RunResult) {
        report.result = result
        for step in result.steps {
            report.change(step.id) { story in
                story.report = step
                // A failure that the run tolerates is told only here.
                if let error = step.error, !story.errors.contains(where: { $0.label == "the step" }) {
                    story.errors.append(("the step", ErrorRecord(code: "", message: error, help: nil)))
                }
            }
        }
    }
}
