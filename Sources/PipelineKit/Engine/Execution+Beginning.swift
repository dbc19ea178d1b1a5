internal import Logging
internal import SystemPackage

/// How a process begins its part in a run: what it announces, what an earlier one has done, and the run's own time limit.
extension Execution {
    func announce() {
        let steps = (pipeline.steps + pipeline.finally).map { (id: $0.id, kind: $0.kind.name) }
        events.emit(
            .runStarted(
                RunHeading(
                    runID: run.id, pipeline: pipeline.name, file: pipeline.path.string, folder: run.folder,
                    steps: steps,
                    isResumed: history.started != nil)))
        for doubt in pipeline.doubts(of: secrets) { events.emit(.log(id: nil, .warning, doubt)) }
    }

    /// Adds reports of the steps that an earlier process finished.
    func reportFinishedSteps() {
        for id in history.finishedOrder {
            guard let record = history.finished[id], let step = allSteps.first(where: { $0.id == id }) else { continue }
            var report = StepReport(
                id: id, kind: step.kind.name, outcome: record.outcome, attempts: record.attempts,
                duration: .milliseconds(record.milliseconds), outputs: record.outputs ?? [:],
                error: record.error?.message, rolledBack: history.rolledBack.contains(id), summary: record.summary)
            report.isEarlier = history.ended != nil
            keep(report)
        }
        // The step that failed has no record of its own, and `finally` may ask for its outcome.
        guard let failed = history.failed, history.finished[failed.step ?? ""] == nil,
            let step = allSteps.first(where: { $0.id == failed.step })
        else { return }
        keep(
            StepReport(
                id: step.id, kind: step.kind.name, outcome: failed.cause.stepOutcome, attempts: failed.attempts ?? 1,
                duration: .milliseconds(failed.milliseconds ?? 0), error: failed.error?.message,
                rolledBack: history.rolledBack.contains(step.id)))
    }

    var startedRecord: RunStarted {
        let origin = RunOrigin(environment: services.environment)
        return RunStarted(
            runID: run.id, pipeline: pipeline.name, file: pipeline.path.string, digest: pipeline.digest,
            project: run.project.folder.string, inputs: pipeline.inputValues, secrets: pipeline.secrets.map(\.name),
            runnerVersion: services.runnerVersion, who: origin.who.map(masker.mask),
            ci: origin.job.map { $0.map(masker.mask) })
    }

    /// Starts the timer of the pipeline's own `timeout`, which cancels the run as a signal does.
    func startTimer() -> Task<Void, Never>? {
        pipeline.timeout.map { limit in
            Workplace.task { [clock = services.clock, cancellation] in
                guard (try? await clock.expire(after: limit)) != nil else { return }
                cancellation.request(.timeout)
            }
        }
    }
}
