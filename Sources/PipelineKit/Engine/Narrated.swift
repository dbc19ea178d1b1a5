/// Reports that a step begins and how it ended.
struct Narrated {
    let step: PipelineStep
    let clock: any RunClock
    let events: EventStream
    let finished: (PipelineStep, Narrative) async throws -> Void

    /// - Parameter work: gets a counter for its attempts.
    func callAsFunction(
        _ work: (_ attempts: inout Int) async throws -> (StepOutcome, CompletedStep)
    ) async throws {
        events.emit(.stepStarted(id: step.id, kind: step.kind.name))
        let began = clock.now
        var attempts = 0
        let result: Result<(StepOutcome, CompletedStep), any Error>
        do {
            result = .success(try await work(&attempts))
        } catch {
            result = .failure(error)
        }
        let duration = began.duration(to: clock.now)
        try await finished(step, Narrative(result: result, attempts: attempts, duration: duration))
    }
}

/// How a step went.
struct Narrative {
    var result: Result<(StepOutcome, CompletedStep), any Error>
    var attempts: Int
    var duration: Duration
}
