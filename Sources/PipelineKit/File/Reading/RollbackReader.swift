extension StepReader {
    /// Reads `rollback`: `true`, `false`, or a mapping with `timeout` and `steps`.
    func readRollback(_ draft: StepDraft, _ policies: PolicyReader) -> RollbackPolicy {
        let problems = expressions.problems
        let standard = draft.kind.rollbackTimeout ?? PipelineStep.standardTimeout
        guard let node = draft.keys.rollback else { return .own(timeout: standard) }
        if draft.position != .steps {
            problems.add(
                draft.position == .finally
                    ? "steps of `finally` are not rolled back" : "a rollback is not rolled back itself",
                at: node.mark, help: "leave `rollback` out here")
            return .off
        }
        if case .scalar = node.content {
            return policies.read(node, as: Bool.self) == false ? .off : .own(timeout: standard)
        }
        guard var fields = NodeFields(node, "`rollback`", problems) else { return .own(timeout: standard) }
        let timeout = policies.timeout(fields.take("timeout")) ?? standard
        let hasSteps = fields.take("steps") != nil
        fields.refuseRest(in: "`rollback`", problems)
        guard hasSteps else { return .own(timeout: timeout) }
        // They see the earlier steps and the one that they undo; its outputs are null if it was interrupted.
        var reader = StepReader(expressions: expressions, sources: sources, defaults: defaults, names: names)
        return .steps(reader.read(draft.rollbackSteps), timeout: timeout)
    }
}
