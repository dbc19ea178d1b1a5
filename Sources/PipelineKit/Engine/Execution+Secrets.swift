/// Secrets that a process which goes on with a run does not have: another machine may lack them.
extension Execution {
    /// The first declared secret that the step's options, variables or condition ask for and that has no value.
    func missingSecret(of step: PipelineStep) -> String? {
        let missing = Set(pipeline.secrets.map(\.name)).subtracting(secrets.keys)
        guard !missing.isEmpty else { return nil }
        // By path, each with the secret that it lacks.
        var lacking = Dictionary(uniqueKeysWithValues: missing.map { (["secrets", $0], $0) })
        for variable in pipeline.variables {
            lacking[["vars", variable.name]] = variable.value.paths.lazy.compactMap { lacking[$0] }.first
        }
        let nodes = [step.options] + step.environment.map(\.value)
        let paths = nodes.flatMap(\.paths) + step.condition.expression.references.map(\.path)
        return paths.lazy.compactMap { lacking[$0] }.first
    }
}

extension Node {
    /// Every path in the expressions that are still to be computed.
    fileprivate var paths: [[String]] {
        switch content {
        case .scalar, .null: []
        case .sequence(let nodes): nodes.flatMap(\.paths)
        case .mapping(let fields): fields.flatMap(\.value.paths)
        case .deferred(let text, type: _): (try? Template(text).expressions.flatMap(\.references).map(\.path)) ?? []
        }
    }
}
