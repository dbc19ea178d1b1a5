@testable import PipelineKit
@testable import RunnerCLI
import Testing

/// What came of a run and of its steps, by what its journal says.
@Suite struct OutcomeTests {
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

    /// A run's own process and whoever reads its journal later say the same.
    @Test(arguments: [
        (RunOutcome.success, false, false), (.unfinished, false, false), (.rolledBack, true, false),
        (.rolledBack, true, true), (.failure, false, false), (.failure, true, false), (.timeout, true, true),
        (.cancelled, true, false),
    ])
    func theResultAndTheJournalAgree(outcome: RunOutcome, isUndone: Bool, isLeft: Bool) {
        let cause: RunFailed.Cause? = outcome.isForward ? nil : outcome == .rolledBack ? .requested : .failure
        let result = RunResult(
            runID: "run-1", outcome: outcome,
            steps: [StepReport(id: "upload", kind: "sync", outcome: .success, rolledBack: isUndone)],
            failure: cause.map { RunFailed(cause: $0) }, finallyErrors: [],
            left: isLeft ? [UnrestoredChange(step: "tag", kind: "exec", reason: "it stays", isFinal: true)] : [],
            duration: .zero)
        let entries =
            [Self.started, Self.prepared] + (isUndone ? [Self.undone] : [])
            + [Self.ended(outcome, result.exitCode.rawValue)]
        let history = RunHistory(entries.map { JournalRecord(sequence: 1, time: "t", entry: $0) })
        #expect(result.state == history.state)
    }

    @Test func aFailureIsASentence() {
        func told(_ cause: RunFailed.Cause, _ step: String? = "upload") -> [String] {
            let failed = RunFailed(cause: cause, step: step, error: ErrorRecord(code: "x", message: "no", help: nil))
            return [failed.sentence, failed.explanation]
        }
        #expect(told(.failure) == ["step `upload` failed", "step `upload` failed: no"])
        #expect(told(.failure, nil) == ["the run failed", "the run failed: no"])
        #expect(told(.timeout) == ["step `upload` took too long", "no"])
        #expect(told(.interrupted) == ["step `upload` was stopped by SIGINT", "step `upload` was stopped by SIGINT"])
        #expect(told(.terminated, nil) == ["the run was stopped by SIGTERM", "the run was stopped by SIGTERM"])
        #expect(told(.leaseHeld, nil) == ["another run has the store", "no"])
        #expect(told(.requested, nil) == ["rolled back by request", "rolled back by request"])
    }

    /// The step that a limit or a signal stopped has that outcome, as its event had.
    @Test func aJournalTellsHowAStepEnded() {
        func word(_ entries: [JournalEntry]) -> String {
            let records = entries.map { JournalRecord(sequence: 1, time: "t", entry: $0) }
            return RunHistory(records).end(of: "upload").state.word
        }
        #expect(word([Self.started, Self.prepared]) == "begun")
        #expect(word([Self.prepared, Self.failed(.failure)]) == "failed")
        #expect(word([Self.prepared, Self.failed(.timeout)]) == "took too long")
        #expect(word([Self.prepared, Self.failed(.interrupted), Self.undone]) == "stopped, undone")
        let done = JournalEntry.finished(
            StepFinished(step: "upload", outcome: .success, attempts: 1, milliseconds: 1))
        #expect(word([Self.prepared, done]) == "done")
        #expect(word([Self.prepared, done, Self.failed(.requested), Self.undone]) == "undone")
    }
}
