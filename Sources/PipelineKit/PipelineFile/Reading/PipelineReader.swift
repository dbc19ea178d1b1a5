public import SystemPackage

/// Reads and checks pipeline files.
public struct PipelineReader: Sendable {
    private let registry: StepRegistry

    public init(registry: StepRegistry) {
        self.registry = registry
    }

    /// Reads a whole file and finds everything that is wrong with it, without running anything of it.
    ///
    /// - Parameters:
    ///   - bytes: the file's content.
    ///   - path: the path that problems name.
    ///   - inputs: what the command line gives, by name.
    ///   - environment: the environment of the process.
    /// - Returns: the pipeline, or nil if a problem is an error, and the problems in the order of the file; all of them
    ///   can be warnings. Those whose code is `missing-input`, `unset-variable`, `unknown-input` or `invalid-input` are not the file's
    ///   fault.
    public func read(
        bytes: [UInt8], path: FilePath, inputs: [String: String] = [:], environment: [String: String] = [:]
    ) -> (pipeline: Pipeline?, problems: [Problem]) {
        let problems = ProblemList()
        var pipeline: Pipeline?
        if let source = SourceText.read(bytes, problems) {
            let reader = PipelineFileReader(
                registry: registry, source: source, given: inputs, environment: environment, problems: problems)
            pipeline = reader.read()
        }
        pipeline?.path = path
        pipeline?.source = bytes
        // A wrong shared option is found at every step that takes it.
        var seen: Set<Problem> = []
        return (problems.errorCount == 0 ? pipeline : nil, problems.sorted.filter { seen.insert($0).inserted })
    }
}
