@testable import PipelineKit
@testable import RunnerCLI
import Testing

/// The state of a run, according to its journal.
@Suite struct RunStateTests {
    private static let started = JournalEntry.started(
        RunStarted(
            runID: "run-1", pipeline: "deploy", file: "/p/deploy.yml", digest: "0", project: "/p", inputs: [:],
            secrets: [], runnerVersion: "0"))

    private static func ended(_ outcome: RunOutcome, _ code: Int) -> JournalEntry {
        .ended(RunEnded(outcome: outcome, exitCode: code))
    }

    private static func failed(_ cause: RunFailed.Cause, _ message: String = "it broke") -> JournalEntry {
        .failed(RunFailed(cause: cause, step: "upload", error: ErrorRecord(code: "x", message: message, help: nil)))
    }

    private static let tagged = JournalEntry.finished(
        StepFinished(step: "tag", outcome: .success, outputs: ["version": "v1"], attempts: 1, milliseconds: 1))
    private static let prepared = JournalEntry.prepared(
        StepPrepared(step: "upload", effect: .reversible, before: nil, attachment: nil))
    private static let undone = JournalEntry.rolledBack(StepRolledBack(step: "upload", milliseconds: 1))
    private static let stuck = JournalEntry.rollbackFailed(
        StepRollbackFailed(step: "upload", error: ErrorRecord(code: "x", message: "no", help: nil)))

    static let cases: [([JournalEntry], RunState, highlight: String)] = [
        ([], .notStarted, ""),
        ([started], .interrupted, ""),
        ([started, tagged, prepared], .interrupted, "v1"),
        ([started, tagged, ended(.success, 0)], .succeeded, "v1"),
        ([started, failed(.failure)], .interrupted, "upload: it broke"),
        ([started, failed(.failure), ended(.failure, 1)], .failed, "upload: it broke"),
        ([started, prepared, failed(.timeout), undone, ended(.timeout, 124)], .rolledBack, "upload: it broke"),
        ([started, failed(.interrupted), ended(.cancelled, 130)], .failed, "upload: stopped by SIGINT"),
        ([started, failed(.terminated), ended(.cancelled, 143)], .failed, "upload: stopped by SIGTERM"),
        ([started, prepared, failed(.failure), stuck, ended(.failure, 3)], .stuck, "upload: it broke"),
        ([started, prepared, failed(.failure), stuck, ended(.failure, 3), stuck], .interrupted, "upload: it broke"),
        (
            [started, prepared, failed(.failure), stuck, ended(.failure, 3), undone, ended(.failure, 1)], .rolledBack,
            "upload: it broke"
        ),
        ([started, tagged, prepared, failed(.requested), undone, ended(.rolledBack, 0)], .rolledBack, "v1"),
    ]

    @Test(arguments: cases.indices)
    func aJournalTellsHowItStands(index: Int) {
        let (entries, state, highlight) = Self.cases[index]
        let records = entries.enumerated().map { JournalRecord(sequence: $0 + 1, time: "t", entry: $1) }
        let history = RunHistory(records)
        #expect(history.state == state)
        #expect(history.highlight == highlight)
    }
}
