internal import AWS
internal import Logging
public import PipelineKit

/// Drops files from edge caches. A folder store has none, so a pipeline for folders has nothing to drop.
public struct Invalidate: Step {
    public static let kind = StepKind(
        "invalidate", "drops edge caches; a folder store has none", timeout: .seconds(2_400),
        undoing:
            "Nothing: caches fill again by themselves. If CloudFront gives no answer until the step's limit, the release "
            + "stays live, the run continues and ends with 4; with `on-failure: rollback` it is taken back.",
        example: """
            - uses: invalidate
              with: { distribution: E2QWRUHAPOMQZL, paths: ["/*"] }
            """)

    let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public static var effect: Effect { .lasting }
    public static func elsewhere(_ options: KnownOptions<Options>) -> Elsewhere { .everything }

    /// The release itself is live and whole.
    public var ifUnfinished: String? {
        options.distribution.map { InvalidationPlan.ifUnfinished(options.paths, of: $0.text) }
    }

    public func prepare(in context: StepContext) async throws -> Preparation<Before, Output> {
        guard let distribution = options.distribution else {
            var output = Output()
            output.paths = options.paths
            return .already(output)
        }
        // An unknown distribution fails here, before anything is asked of it.
        _ = try await CloudFrontClient(in: context).getDistribution(distribution.text)
        let before = Before(reference: context.idempotencyKey)
        let plan = try plan(before)
        var changes: ChangeList = [Change(.remove, plan.text, detail: "from the caches of \(distribution)")]
        changes.unprovenRights = ["cloudfront:CreateInvalidation"]
        return .change(from: before, changes)
    }

    public func run(from before: Before, in context: StepContext) async throws -> Output {
        var output = Output()
        output.paths = options.paths
        guard let distribution = options.distribution else { return output }
        let plan = try plan(before)
        let invalidation = try await CloudFrontClient(in: context).invalidate(
            plan, on: distribution.text, waitsForLast: options.wait, CloudFrontPoller(in: context))
        output.invalidation = invalidation?.id
        output.paths = plan.paths.map(\.text)
        let end = options.wait ? "dropped from every edge" : "being dropped"
        context.logger.info("\(plan.text) of \(distribution) \(plan.paths.count == 1 ? "is" : "are") \(end)")
        return output
    }

    public func summary(of output: Output) -> String? {
        guard options.distribution != nil else { return "a folder store has no edge cache" }
        let paths = output.paths
        let named = paths.prefix(2).joined(separator: " ") + (paths.count > 2 ? " and \(paths.count - 2) more" : "")
        return named + (options.wait ? ", dropped from every edge" : ", being dropped")
    }

    public func rollback(to before: Before, in context: StepContext) async throws {}

    private func plan(_ before: Before) throws -> InvalidationPlan {
        InvalidationPlan(
            try options.paths.map { try InvalidationPath(pattern: $0) }, reference: before.reference,
            maximum: InvalidationPlan.maximumPaths)
    }
}
