internal import PipelineKit
internal import SystemPackage

/// Writes everything that happens into the run's `run.log`, with the time before each line.
final class LogFileSink: EventSink {
    private let file: FileDescriptor

    init(_ path: FilePath) throws {
        file = try DurableFile.open(path, .writeOnly, options: [.create, .append])
    }

    deinit {
        try? file.close()
    }

    func receive(_ event: TimedEvent) {
        guard let text = describe(event.event) else { return }
        let time = event.date.journalText
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "\(time) \($0)\n" }.joined()
        // A log that cannot be written must not stop a deploy: the journal is what counts, and its errors are told.
        _ = try? file.writeAll(Array(lines.utf8))
    }

    private func describe(_ event: RunEvent) -> String? {
        switch event {
        case .runStarted(let heading):
            "run \(heading.runID) of \(heading.pipeline) (\(heading.file))" + (heading.isResumed ? " goes on" : "")
        case .leaseAwaited(let resource, _): "waits for \(resource)"
        case .phaseStarted(let phase): "phase \(phase.rawValue)"
        case .stepStarted(let id, let kind): "\(id): \(kind) begins"
        case .stepSkipped(let id, let reason): "\(id): skipped, \(reason)"
        case .stepPrepared(let id, let changes):
            (["\(id): prepared, \(changes.count) changes"]
                + changes.map { "\(id):   \($0.verb.rawValue) \(PlainText.clean($0.subject)) \($0.detail)" })
                .joined(separator: "\n")
        case .attemptFailed(let id, let attempt, let error, let delay):
            "\(id): \(attempt.part.rawValue) attempt \(attempt.number) of \(attempt.of) failed (\(error.code)): "
                + "\(PlainText.clean(error.message)); next in \(delay.text)"
        case .progress: nil
        case .log(let id, let level, let text): "\(id ?? "engine"): \(level) \(PlainText.clean(text))"
        case .stepFinished(let report):
            "\(report.id): \(report.outcome.rawValue) after \(report.duration.text)"
                + report.outputs.sorted { $0.key < $1.key }
                .map { " \($0.key)=\(PlainText.clean($0.value.asText))" }.joined()
                + (report.error.map { ": " + PlainText.clean($0) } ?? "")
        case .runFailed(let failed):
            "failed (\(failed.cause.rawValue)): \(failed.error.map { PlainText.clean($0.message) } ?? "")"
        case .rollbackStarted(let id, let kind): "\(id): rollback of \(kind) begins"
        case .rollbackFinished(let id, let duration, let error):
            "\(id): rollback " + (error.map { "failed: " + PlainText.clean($0.message) } ?? "done")
                + " after \(duration.text)"
        case .runEnded(let result): "ended: \(result.outcome.rawValue), exit \(result.exitCode.rawValue)"
        }
    }
}
