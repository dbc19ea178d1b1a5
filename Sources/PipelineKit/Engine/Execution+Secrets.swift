internal import Logging

/// What becomes of a run without the secrets that it needs, and of secrets in what its steps give out.
extension Execution {
    /// Returns the first declared secret that the step's options, variables or condition use and that has no value.
    func missingSecret(of step: PipelineStep) -> String? {
        let missing = Set(pipeline.secrets.map(\.name)).subtracting(secrets.keys)
        guard !missing.isEmpty else { return nil }
        // The paths that cannot be computed, each with the secret that is missing.
        var lacking = Dictionary(uniqueKeysWithValues: missing.map { (["secrets", $0], $0) })
        for variable in pipeline.variables {
            lacking[["vars", variable.name]] = variable.value.paths.lazy.compactMap { lacking[$0] }.first
        }
        return step.paths.lazy.compactMap { lacking[$0] }.first
    }

    /// Masks secrets in outputs: outputs go into the journal, which must not contain any secret.
    func withoutSecrets(_ outputs: [String: Value], of step: PipelineStep) -> [String: Value] {
        let masked = outputs.mapValues(masker.mask)
        for name in outputs.keys.sorted() where masked[name] != outputs[name] {
            let text = "the output `\(name)` holds a secret; it is masked, also for the steps that follow"
            events.emit(.log(id: step.id, .warning, text))
        }
        return masked
    }
}
