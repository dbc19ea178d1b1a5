/// Leaves a step out where its `if` is false.
struct Conditional {
    let step: PipelineStep
    let scope: Scope
    let skipped: (PipelineStep) async throws -> Void

    func callAsFunction(_ work: () async throws -> Void) async throws {
        let holds: Bool
        do {
            holds = try step.condition.evaluate(in: scope)
        } catch {
            throw StepFailed(cause: error)
        }
        if holds {
            try await work()
        } else {
            try await skipped(step)
        }
    }
}
