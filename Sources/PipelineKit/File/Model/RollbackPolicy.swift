/// How a step is undone.
public enum RollbackPolicy: Sendable {
    /// By its kind's own rollback.
    case own(timeout: Duration)
    /// Not at all.
    case off
    /// By other steps in place of its own.
    case steps([PipelineStep], timeout: Duration)
}
