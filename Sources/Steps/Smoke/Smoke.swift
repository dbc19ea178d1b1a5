internal import HTTP
internal import Logging
public import PipelineKit

/// Checks the site as a visitor gets it. Its failure fails the run, which is then rolled back.
///
/// It throws `SmokeFailure`, which reports the failing checks.
public struct Smoke: RunOnlyStep {
    public struct Output: StepOutputs {
        @Provided("checks that passed") public var passed = 0
        @Provided("the slowest answer, in milliseconds") public var slowest = 0
        /// What shows that visitors get the release.
        public internal(set) var proof: String?

        public init() {}
    }

    public static let kind = StepKind(
        "smoke", "checks the site as a visitor gets it",
        undoing: "Nothing: the step only reads.",
        example: """
            - uses: smoke
              with:
                url: "https://www.example.com/"
                checks:
                  - { url: /, status: 200, contains: "</html>" }
                  - { url: /missing, status: 404 }
            """)

    private let checks: [Check]
    private let release: (files: ReleaseFiles, coverage: ReleaseCoverage, base: HTTPURL)?
    private let proof: ReleaseProof?
    private let concurrency: Int

    /// - Throws: `StepError` `no-url` if a URL is empty; `TransportError` if one is wrong.
    public init(_ options: Options) throws {
        checks = try options.resolvedChecks()
        release = try options.resolvedRelease()
        proof = try options.resolvedProof()
        concurrency = options.concurrency
    }

    public static var effect: Effect { .observing }
    public static func elsewhere(_ options: KnownOptions<Options>) -> Elsewhere { .everything }

    public func run(in context: StepContext) async throws -> Output {
        var files: ReleaseChecks?
        if let release {
            files = try await release.files.checks(release.coverage, below: release.base, in: context)
        }
        let sample = try await proof?.sample(in: context)
        let runner = CheckRunner(
            client: context[HTTPKey.self], clock: context.clock, concurrency: concurrency, progress: context.progress)
        var total = checks.count + (files?.count ?? 0) + (sample?.entries.count ?? 0)
        var own = checks.makeIterator()
        var tally = try await runner.run(total: total) {
            if let check = own.next() { return check }
            return try files?.next()
        }
        var missing: MissingRelease?
        var output = Output()
        if tally.failed > 0 {
            // If the page itself is wrong, nothing else of the site is worth a request.
            total -= sample?.entries.count ?? 0
        } else if let proof, let sample,
            let (base, found) = try await proof.tally(sample, by: runner, after: tally.done)
        {
            tally.add(found)
            missing = MissingRelease(
                proof.files.version, in: proof.files.store, at: base, isFirst: sample.isFirst, context.project)
            if found.failed == 0 {
                output.proof = "visitors get \(proof.files.version) (\(found.done) of its files were asked for)"
            }
        }
        if let failure = SmokeFailure(tally, of: total, missing: missing) { throw failure }
        tell(tally.advice, context.logger)
        output.passed = tally.passed
        output.slowest = tally.slowest.inMilliseconds
        return output
    }

    public func summary(of output: Output) -> String? {
        (output.proof.map { "\($0), " } ?? "")
            + "\(CountText.text(output.passed, "check")) passed"
            + (output.slowest > 0 ? ", the slowest answer took \(output.slowest) ms" : "")
    }

    private func tell(_ advice: [Advice], _ logger: Logger) {
        for subject in Advice.Subject.allCases {
            let found = advice.filter { $0.subject == subject }
            let texts = found.map(\.text)
            guard let first = texts.first else { continue }
            let seen = first + (texts.count > 1 ? ", and \(texts.count - 1) more" : "")
            switch subject {
            case .contentType:
                logger.warning(
                    """
                    the web server sends \(Self.files(endingWith: found.map(\.ending))) with another content type than their \
                    names stand for: \(seen); correct its table of types, or set `content-types: false`
                    """)
            case .hiddenFile:
                logger.warning(
                    """
                    the web server refuses files whose names begin with a dot: \(seen); if nobody needs them, leave them \
                    out with `exclude: ["**/.*"]`, here or where the site is read
                    """)
            }
        }
    }

    /// Names all endings, so that a table of types can be corrected at once.
    private static func files(endingWith endings: [String]) -> String {
        let named = Set(endings).subtracting([""]).sorted().map { "`\($0)`" }
        return (named.isEmpty ? "" : named.joined(separator: ", ") + " ") + "files"
    }
}
