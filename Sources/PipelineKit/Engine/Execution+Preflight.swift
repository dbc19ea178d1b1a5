/// The checks that steps make before the first one begins.
extension Execution {
    /// Runs the checks of steps that are certain to run: one with an `if` may be skipped, and one that may fail is no
    /// reason to stop.
    ///
    /// - Returns: true if all checks pass; otherwise the failure is noted.
    func passesPreflight() async -> Bool {
        guard history.prepared.isEmpty, history.finished.isEmpty else { return true }
        for step in pipeline.steps where step.condition == .success && !step.continueOnError {
            guard missingSecret(of: step) == nil, let preflight = step.kind.bind(step.options, ProblemList())?.preflight
            else {
                continue
            }
            var attempts = 0
            do {
                try await attempt(step, .prepare, in: scope(), guarded: true, &attempts, preflight)
            } catch {
                noteFailure(of: step, error, attempts)
                await fail(at: step, with: error)
                return false
            }
        }
        return true
    }

    /// Notes the failure for `finally` and for display. The step itself has not begun, so the journal has no record of
    /// it.
    private func noteFailure(of step: PipelineStep, _ error: any Error, _ attempts: Int) {
        let report = StepReport(
            id: step.id, kind: step.kind.name, outcome: cause(of: error, guarded: true).stepOutcome,
            attempts: attempts, error: masker.mask(ErrorRecord(error).message))
        reports.append(report)
        results[step.id] = Scope.StepResult(outcome: report.outcome)
        events.emit(.stepFinished(report))
    }
}
