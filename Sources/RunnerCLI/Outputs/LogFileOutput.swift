internal import FoundationEssentials
internal import PipelineKit
internal import Synchronization
internal import SystemPackage

/// Writes everything that happens into the run's `run.log`, with the time before each line.
final class LogFileOutput: RunOutput {
    private let file: FileDescriptor
    private let clockText = Mutex(TimestampText())

    init(_ path: FilePath) throws {
        file = try DurableFile.openRegular(path, .writeOnly, options: [.create, .append], followsLink: false)
    }

    deinit {
        try? file.close()
    }

    func receive(_ event: TimedEvent) {
        guard let text = describe(event.event).map(SanitizedText.clean) else { return }
        let time = clockText.withLock { $0.text(of: event.date) }
        var bytes: [UInt8] = []
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            bytes += time.utf8
            bytes.append(0x20)
            bytes += line
            bytes.append(0x0A)
            if bytes.count >= 65_536 { write(&bytes) }
        }
        write(&bytes)
        if case .stepPrepared(let id, let changes) = event.event { writeChanges(changes, of: id, at: time) }
    }

    private func writeChanges(_ changes: ChangeList, of id: String, at time: String) {
        var bytes: [UInt8] = []
        for change in changes.first {
            bytes += "\(time) \(id):   \(change.verb.rawValue) \(change.subject.flat) \(change.detail.flat)\n".utf8
            if bytes.count >= 65_536 { write(&bytes) }
        }
        let rest = changes.count - changes.first.count
        if rest > 0 { bytes += "\(time) \(id):   and \(rest) more\n".utf8 }
        write(&bytes)
    }

    /// Keeps silent about errors: a log that cannot be written must not stop a deploy. The journal is what counts, and its
    /// errors are told.
    private func write(_ bytes: inout [UInt8]) {
        if !bytes.isEmpty { _ = try? file.writeAll(bytes) }
        bytes.removeAll(keepingCapacity: true)
    }

    private func describe(_ event: RunEvent) -> String? {
        switch event {
        case .runStarted(let heading):
            "run \(heading.runID) of \(heading.pipeline) (\(heading.file))" + (heading.isResumed ? " continues" : "")
        case .leaseAwaited(let resource, _): "waits for \(resource)"
        case .phaseStarted(let phase): "phase \(phase.rawValue)"
        case .stepStarted(let id, let kind): "\(id): \(kind) begins"
        case .stepSkipped(let id, let reason): "\(id): skipped, \(reason)"
        case .stepPrepared(let id, let changes):
            "\(id): prepared, \(changes.count) changes"
        case .attemptFailed(let id, let attempt, let error, let delay):
            "\(id): \(attempt.part.rawValue) attempt \(attempt.number) of \(attempt.of) failed (\(error.code)): "
                + "\(error.message); next in \(delay.text)"
        case .progress: nil
        case .log(let id, let level, let text): "\(id ?? "engine"): \(level) \(text)"
        case .stepFinished(let report):
            "\(report.id): \(report.outcome.word) after \(report.duration.text)"
                + report.outputs.sorted { $0.key < $1.key }
                .map { " \($0.key)=\($0.value.asText)" }.joined()
                + (report.error.map { ": " + $0 } ?? "")
        case .runFailed(let failed): failed.explanation
        case .rollbackStarted(let id, let kind): "\(id): rollback of \(kind) begins"
        case .rollbackFinished(let id, let duration, let error, let isFinal, let summary):
            "\(id): rollback " + (error.map { (isFinal ? "impossible: " : "failed: ") + $0.message } ?? "done")
                + " after \(duration.text)" + (summary.map { ": " + $0 } ?? "")
        case .runEnded(let result): "ended: \(result.word), exit \(result.exitCode.rawValue)"
        }
    }
}

/// Dates as text, `2026-01-31T23:59:59.123Z`. Formatting one takes longer than writing a line, so a second is formatted
/// once.
private struct TimestampText {
    private var second = Int.min
    private var start = ""

    mutating func text(of date: Date) -> String {
        let milliseconds = Int((date.timeIntervalSince1970 * 1_000).rounded(.down))
        let (second, rest) = (milliseconds / 1_000, milliseconds % 1_000)
        guard milliseconds >= 0 else { return date.journalText }
        if second != self.second {
            self.second = second
            start = String(Date(timeIntervalSince1970: Double(second)).journalText.prefix(20))
        }
        let digits = String(rest)
        return start + String(repeating: "0", count: 3 - digits.count) + digits + "Z"
    }
}
