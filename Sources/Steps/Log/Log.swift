internal import Logging
public import PipelineKit
internal import Releases

/// Says how the run went: on the console, in a file, in the store.
///
/// It touches a file or the store only if an option asks for it.
public struct Log: RunOnlyStep {
    public static let kind = StepKind(
        "log", "writes the deployment record",
        undoing: "Nothing: the record stays. In `finally` it says how the run ended, also after a rollback.",
        example: """
            - uses: log
              with: { message: "deployed ${{ run.id }}", file: deployments.jsonl }
            """)

    let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public static var effect: Effect { .lasting }

    /// A file of the record would be one of the other machine.
    public static func elsewhere(_ options: KnownOptions<Options>) -> Elsewhere {
        options.$file == .some(nil) ? .everything : .undoing
    }

    public func run(in context: StepContext) async throws -> Output {
        let record = DeploymentRecord(options, context)
        let line = record.value.json
        if let file = options.file {
            let path = context.project.path(file)
            let keys = record.keys
            try await BlockingWork.run { _ in try RecordFile(path).append(line, unlessThere: keys) }
        }
        if let store = options.store { try await write(line, to: store.open(in: context), context) }
        var output = Output()
        output.record = line
        output.sentence = record.sentence
        return output
    }

    public func summary(of output: Output) -> String? { output.sentence }

    private func write(_ line: String, to store: any ReleaseStore, _ context: StepContext) async throws {
        try await store.refuseIfNewer(in: context)
        // A run that fails before it makes the first release leaves no store behind.
        if context.run.outcome != .success, try await !store.isUsed() {
            return context.logger.info("\(store.resource) has no release yet, so the record is not kept there")
        }
        try await store.write(Array((line + "\n").utf8), to: .log(run: context.run.id))
    }
}
