internal import HTTP
internal import Logging
public import PipelineKit

/// Checks the site as a visitor gets it. Its failure fails the run, which is then rolled back.
///
/// It throws `SmokeFailure`, which tells every failing check.
public struct Smoke: Step {
    public struct Output: StepOutputs {
        @PipelineKit.Output("checks that passed") public var passed = 0
        @PipelineKit.Output("the slowest answer, in milliseconds") public var slowest = 0

        public init() {}
    }

    public static let kind = StepKind(
        "smoke", "checks the site as a visitor gets it",
        undoing: "Nothing: it only looks.",
        example: """
            - uses: smoke
              with:
                url: "https://www.example.com/"
                checks:
                  - { url: /, status: 200, contains: "</html>" }
                  - { url: /missing, status: 404 }
            """)

    private let checks: [Check]
    private let release: ReleaseFiles?
    private let concurrency: Int

    /// - Throws: `StepError` `no-url` where a URL is empty; `TransportError` where one is wrong.
    public init(_ options: Options) throws {
        checks = try options.resolvedChecks()
        release = try options.resolvedRelease()
        concurrency = options.concurrency
    }

    public var effect: Effect { .observing }
    public static var looksFirst: Bool { false }

    public func run(from before: Nothing, in context: StepContext) async throws -> Output {
        let files = try await release?.checks(in: context)
        let total = checks.count + (files?.count ?? 0)
        var own = checks.makeIterator()
        let runner = CheckRunner(
            client: context[HTTPKey.self], clock: context.clock, concurrency: concurrency, progress: context.progress)
        let tally = try await runner.run(total: total) {
            if let check = own.next() { return check }
            return try files?.next()
        }
        if let failure = SmokeFailure(tally, of: total) { throw failure }
        var output = Output()
        output.passed = tally.passed
        output.slowest = tally.slowest.inMilliseconds
        context.logger.info(
            "\(tally.passed) check\(tally.passed == 1 ? "" : "s") passed, the slowest answer took \(output.slowest) ms")
        return output
    }
}
