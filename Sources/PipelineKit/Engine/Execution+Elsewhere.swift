/// A run whose machine and files are gone: what is known of it comes from a store.
extension Execution {
    /// The first step that is left to do and cannot be done here.
    ///
    /// - Returns: nil if the run can go forward.
    func reasonToGoBackElsewhere() -> StepError? {
        guard isElsewhere else { return nil }
        for step in pipeline.steps where history.finished[step.id] == nil && elsewhere(step) < .everything {
            if (try? step.condition.evaluate(in: scope())) == false { continue }
            return StepError(
                "needs-its-machine",
                "step `\(step.id)` (\(step.kind.name)) was not done, and needs files or programs of the machine that the run "
                    + "was on")
        }
        return nil
    }

    func canUndoElsewhere(_ step: PipelineStep) -> Bool {
        switch step.rollback {
        case .own: elsewhere(step) >= .undoing
        case .off: true
        case .steps: false
        }
    }

    /// Looks whether what the run has changed is what its file names: whoever wrote the journal may have written anything.
    ///
    /// - Throws: what the kinds' own checks throw.
    func checkTargets() async throws {
        for step in pipeline.steps where history.prepared[step.id] != nil {
            let options = try step.expandedOptions(in: scope())
            guard let preflight = step.kind.bind(options, ProblemList())?.preflight else { continue }
            var attempts = 0
            try await attempt(step, .prepare, in: scope(), guarded: true, &attempts, preflight)
        }
    }

    /// Its options may depend on earlier steps, and are known by now.
    private func elsewhere(_ step: PipelineStep) -> Elsewhere {
        guard let options = try? step.expandedOptions(in: scope()) else { return step.elsewhere }
        return step.kind.bind(options, ProblemList())?.elsewhere ?? .nothing
    }
}
