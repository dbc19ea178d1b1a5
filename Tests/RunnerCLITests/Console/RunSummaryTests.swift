@testable import PipelineKit
@testable import RunnerCLI
import Testing

/// The last lines of a run.
@Suite struct RunSummaryTests {
    private func result(
        _ outcome: RunOutcome, _ failure: RunFailed? = nil, left: [UnrestoredChange] = [], isRestored: Bool = false,
        finallyErrors: [StepReport] = [], stoodAside: Bool = false
    ) -> RunResult {
        var result = RunResult(
            runID: "run-1", outcome: outcome,
            steps: [StepReport(id: "upload", kind: "sync", outcome: .success, rolledBack: isRestored)],
            failure: failure, finallyErrors: finallyErrors, left: left, duration: .milliseconds(1_250))
        result.stoodAside = stoodAside
        return result
    }

    private func lines(
        _ result: RunResult, _ verbosity: Verbosity = .normal, isRollback: Bool = false, rollbackWarned: Bool = false
    ) -> [String] {
        RunSummary(
            result: result, style: TextStyle(isColoured: false), verbosity: verbosity, isRollback: isRollback,
            rollbackWarned: rollbackWarned
        ).lines
    }

    private let broke = RunFailed(
        cause: .failure, step: "upload", error: ErrorRecord(code: "x", message: "it\u{7} broke", help: "mend\u{7} it"))
    private let stuck = UnrestoredChange(step: "upload", kind: "sync", reason: "its rollback failed:\u{8} no")

    @Test func success() {
        #expect(lines(result(.success)) == ["done in 1.25s"])
        #expect(lines(result(.success), .verbose) == ["done in 1.25s"])
        #expect(lines(result(.success), .quiet) == [])
    }

    @Test(arguments: [Verbosity.quiet, .normal, .verbose])
    func failureIsToldAlways(verbosity: Verbosity) {
        #expect(
            lines(result(.failure, broke, isRestored: true), verbosity) == [
                "error: step `upload` failed: it broke", "  help: mend it",
                "the run failed after 1.25s; everything that it had changed is restored",
            ])
    }

    /// A rollback that could not delete some harmless leftovers has not restored everything.
    @Test func whatAWarningNamesIsNotRestored() {
        let rest = ", but for what the warnings above name"
        let failed = lines(result(.failure, broke, isRestored: true), rollbackWarned: true)
        #expect(failed.last == "the run failed after 1.25s; what it had changed is restored\(rest)")
        let undone = lines(result(.rolledBack, isRestored: true), isRollback: true, rollbackWarned: true)
        #expect(undone == ["rolled back in 1.25s\(rest)"])
    }

    @Test func failureBeforeAnyChange() {
        let failed = RunFailed(cause: .failure, error: ErrorRecord(code: "x", message: "no disk", help: nil))
        #expect(
            lines(result(.failure, failed)) == [
                "error: the run failed: no disk", "the run failed after 1.25s; there was nothing to restore",
            ])
    }

    @Test func whatIsLeftIsTheLastWord() {
        #expect(
            lines(result(.failure, broke, left: [stuck], isRestored: true), .quiet) == [
                "error: step `upload` failed: it broke", "  help: mend it", "not restored:",
                "  `upload` (sync): its rollback failed: no",
                "  next: look at the above, then type `runner rollback run-1`",
            ])
    }

    @Test func timeouts() {
        let error = ErrorRecord(code: "timeout", message: "the run took longer than its limit of 3s", help: nil)
        let end = "the run failed after 1.25s; there was nothing to restore"
        #expect(lines(result(.timeout, RunFailed(cause: .timeout, error: error))) == ["error: \(error.message)", end])
        #expect(
            lines(result(.timeout, RunFailed(cause: .timeout, step: "upload"))) == [
                "error: step `upload` took too long", end,
            ])
    }

    @Test func signals() {
        // The help of the error that the signal caused is of no use to the user.
        let error = ErrorRecord(code: "cancelled", message: "cancelled", help: "do not")
        let end = "the run was stopped after 1.25s; everything that it had changed is restored"
        #expect(
            lines(result(.cancelled, RunFailed(cause: .interrupted, step: "upload", error: error), isRestored: true))
                == ["step `upload` was stopped by SIGINT", end])
        #expect(
            lines(result(.cancelled, RunFailed(cause: .terminated, error: error), isRestored: true))
                == ["the run was stopped by SIGTERM", end])
    }

    @Test func finallyErrors() {
        let report = StepReport(id: "note", kind: "log", outcome: .failure, error: "no\u{7} room")
        let left = UnrestoredChange(step: "upload", kind: "sync", reason: "it had succeeded")
        #expect(
            lines(result(.failure, left: [left], finallyErrors: [report])) == [
                "error: the `finally` step `note` failed: no room", "not restored:",
                "  `upload` (sync): it had succeeded", "  next: look at the above, then type `runner rollback run-1`",
            ])
    }

    /// Errors of an earlier process, which has told them: a rollback is not about them, and `recover` says that they are
    /// of then.
    @Test func whatAnEarlierProcessHasToldIsNotNew() {
        var report = StepReport(id: "note", kind: "log", outcome: .failure, error: "no\u{7} room")
        report.isEarlier = true
        var earlier = result(.failure, broke, isRestored: true, finallyErrors: [report])
        earlier.isFailureEarlier = true
        #expect(lines(earlier, isRollback: true) == ["rolled back in 1.25s"])
        #expect(
            lines(earlier) == [
                "the run had failed before: step `upload` failed: it broke",
                "the `finally` step `note` had failed before: no room",
                "the run failed after 1.25s; everything that it had changed is restored",
            ])
        // It has said of each what it is about; that nothing could be done is new.
        let held = RunFailed(
            cause: .leaseHeld, error: ErrorRecord(code: "lease-held", message: "it is in use", help: "wait"))
        earlier = result(.failure, held, stoodAside: true)
        earlier.isFailureEarlier = true
        #expect(lines(earlier).first == "error: it is in use")
    }

    @Test func aRollbackDoesNotTellTheOldFailureAgain() {
        #expect(lines(result(.failure, broke, isRestored: true), isRollback: true) == ["rolled back in 1.25s"])
        #expect(lines(result(.rolledBack, RunFailed(cause: .requested)), isRollback: true) == ["rolled back in 1.25s"])
        #expect(
            lines(result(.failure, broke, left: [stuck]), isRollback: true) == [
                "not restored:", "  `upload` (sync): its rollback failed: no",
                "  next: look at the above, then type `runner rollback run-1`",
            ])
    }

    @Test func standingAside() {
        let held = RunFailed(
            cause: .leaseHeld, error: ErrorRecord(code: "lease-held", message: "it is in use", help: "wait"))
        for isRollback in [false, true] {
            #expect(
                lines(result(.failure, held, stoodAside: true), isRollback: isRollback) == [
                    "error: it is in use", "  help: wait", "nothing was done: run run-1 is as it was",
                ])
        }
    }

    @Test func whatCannotBeUndone() {
        let final = UnrestoredChange(
            step: "notify", kind: "exec", reason: "it had begun and cannot be undone", isFinal: true)
        let told = [
            "not restored:", "  `notify` (exec): it had begun and cannot be undone",
            "  undo by hand what matters", "  next: `runner show run-1` tells what was done",
        ]
        let requested = RunFailed(cause: .requested)
        #expect(
            lines(result(.rolledBack, requested, left: [final]), isRollback: true)
                == told + ["rolled back in 1.25s, but for what cannot be undone"])
        // A retry helps if something else is left as well.
        #expect(
            lines(result(.rolledBack, requested, left: [final, stuck]), isRollback: true).last
                == "  next: look at the above, then type `runner rollback run-1`")
    }

    @Test func theReportIsNamedWhereARunWentWrong() {
        func last(_ outcome: RunOutcome, _ verbosity: Verbosity = .normal, isRollback: Bool = false) -> String? {
            RunSummary(
                result: result(outcome, outcome == .success ? nil : broke), style: TextStyle(isColoured: false),
                verbosity: verbosity, isRollback: isRollback, reportPath: "/r/report.html"
            ).lines.last
        }
        #expect(last(.failure) == "report: /r/report.html")
        #expect(last(.success) == "done in 1.25s")
        #expect(last(.failure, .quiet)?.hasPrefix("the run failed") == true)
        #expect(last(.failure, isRollback: true) == "rolled back in 1.25s")
    }

    @Test func furtherLinesOfAnErrorAreIndented() {
        let error = ErrorRecord(code: "x", message: "one\n::error::two", help: "three\n--- four")
        #expect(
            lines(result(.failure, RunFailed(cause: .failure, step: "a", error: error))).prefix(4) == [
                "error: step `a` failed: one", "    : :error::two", "  help: three", "    --- four",
            ])
    }
}
