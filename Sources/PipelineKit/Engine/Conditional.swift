/// Skips a step if its `if` is false.
struct Conditional {
    let step: PipelineStep
    let scope: Scope
    let skipped: (PipelineStep, _ reason: String) async throws -> Void
    let failed: (PipelineStep, Narrative) async throws -> Void

    func callAsFunction(_ work: () async throws -> Void) async throws {
        let holds: Bool
        do {
            holds = try step.condition.evaluate(in: scope)
        } catch {
            return try await failed(step, Narrative(result: .failure(error), attempts: 0, duration: .zero))
        }
        if holds {
            try await work()
        } else {
            try await skipped(step, "its condition is false")
        }
    }
}
