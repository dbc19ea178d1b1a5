public import PipelineKit

/// Some checks failed. Up to 5 of them are shown, each with a command that repeats it.
public struct SmokeFailure: DescribedError {
    public let message: String
    public let help: String?
    public let retryClass: RetryClass
    public let retryAfter: Duration?

    public var code: String { "smoke-failed" }

    /// - Parameter missing: the release that visitors should get, if the step checked its files without being told to
    ///   and did not get them.
    /// - Returns: nil if nothing failed.
    init?(_ tally: Tally, of total: Int, missing: MissingRelease? = nil) {
        guard tally.failed > 0 else { return nil }
        let failures = tally.failures.map(\.failure)
        let shown = failures.prefix(Tally.shown)
        let texts = shown.map(\.text).joined(separator: "\n")
        let more = tally.failed > shown.count ? "\nand \(tally.failed - shown.count) more" : ""
        let unmade = tally.done < total ? ", \(total - tally.done) were not made" : ""
        let all = total == 1 ? texts : "\(tally.failed) of \(total) checks failed\(unmade):\n\(texts)\(more)"
        message = missing.map { "\($0.sentence): \(all)" } ?? all
        let wrong = failures.compactMap(\.wrongBytes)
        // If other files are there, the release may be as well, and the bytes say more.
        let bytes = missing == nil || wrong.count == failures.count && tally.passed > 1 ? WrongBytes.help(wrong) : nil
        // Where nothing answers, nothing is known of what it would serve.
        let causes =
            failures.allSatisfy(\.isRefused)
            ? ["is the web server running? Nothing takes a connection there"]
            : [bytes, missing?.help].compactMap { $0 }
        help =
            causes.map { $0 + "\n" }.joined() + "to reproduce:\n" + shown.map(\.curl).joined(separator: "\n")
        retryClass = Self.common(failures.map(\.retryClass))
        retryAfter = failures.compactMap(\.retryAfter).max()
    }

    /// Another attempt must get past every failure, so the failure that is likeliest to happen again decides.
    private static func common(_ classes: [RetryClass]) -> RetryClass {
        let order: [RetryClass] = [.failure, .throttle, .timeout, .network]
        return order.first { classes.contains($0) } ?? .failure
    }
}
