internal import Logging

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
        return step.paths.lazy.compactMap { lacking[$0] }.first
    }

    /// Outputs go into the journal, and no secret may stand there.
    func withoutSecrets(_ outputs: [String: Value], of step: PipelineStep) -> [String: Value] {
        let masked = outputs.mapValues(masker.mask)
        for name in outputs.keys.sorted() where masked[name] != outputs[name] {
            let text = "the output `\(name)` holds a secret; it is masked, also for the steps that follow"
            events.emit(.log(id: step.id, .warning, text))
        }
        return masked
    }
}
