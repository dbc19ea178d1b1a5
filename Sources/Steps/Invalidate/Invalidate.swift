internal import Logging
public import PipelineKit

/// Drops edge caches. A folder store has none, so that in a pipeline for folders there is nothing to drop.
public struct Invalidate: Step {
    public static let kind = StepKind(
        "invalidate", "drops edge caches, of which a folder store has none",
        example: """
            - uses: invalidate
              with: { paths: ["/*"] }
            """)

    public struct Options: StepOptions {
        @Option("paths to drop from the caches; each starts with `/`", check: .paths) public var paths = ["/*"]

        public init() {}
    }

    public struct Output: StepOutputs {
        @PipelineKit.Output("the invalidation's id; null for a folder store") public var invalidation: String? = nil
        @PipelineKit.Output("the paths that were asked for") public var paths: [String] = []

        public init() {}
    }

    let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public var effect: Effect { .reversible }

    public func prepare(in context: StepContext) async throws -> Preparation<Nothing, Output> {
        context.logger.info("a folder store has no edge cache, so there is nothing to drop")
        return .already(output)
    }

    public func run(from before: Nothing, in context: StepContext) async throws -> Output { output }

    private var output: Output {
        var output = Output()
        output.paths = options.paths
        return output
    }
}

extension OptionCheck where Content == [String] {
    static var paths: Self {
        Self { paths in
            if paths.isEmpty { return "must name at least one path, such as `/*`" }
            guard let wrong = paths.first(where: { !$0.hasPrefix("/") }) else { return nil }
            return "has `\(wrong)`, which does not start with `/`"
        }
    }
}
