internal import HTTP
internal import PipelineKit

/// Why one check failed, and how to see it again.
struct CheckFailure: Sendable {
    /// A sentence that begins with the URL.
    var text: String
    var curl: String
    /// What the wrong bytes of a file of the release show.
    var wrongBytes: WrongBytes?
    /// True if nothing took the connection.
    var isRefused = false
    var retryClass: RetryClass = .failure
    var retryAfter: Duration?

    /// For a request that got no answer.
    init(_ check: Check, _ number: Int, _ error: TransportError) {
        self.init(check, number, "no answer: \(error.detail)")
        isRefused = error.kind == .connect
        retryClass = error.retryClass
    }

    /// - Returns: nil if the answer is as expected.
    /// - Throws: `CancellationError` once the flag is raised.
    init?(_ check: Check, _ number: Int, _ answer: Answer, at clock: any RunClock, until flag: CancellationFlag) throws
    {
        guard let expected = check.expectations.first else { return nil }
        // If the status is wrong, this is another page, and nothing else about it is worth reporting.
        if case .status = expected, let mismatch = try expected.mismatch(in: answer, until: flag) {
            self.init(check, number, mismatch.text, answer)
            retry(after: answer, at: clock)
            return
        }
        let mismatches = try check.expectations.compactMap { try $0.mismatch(in: answer, until: flag) }
        guard !mismatches.isEmpty else { return nil }
        self.init(check, number, mismatches.map(\.text).joined(separator: ", and "), answer)
        wrongBytes = WrongBytes(of: check, in: answer)
        // `served` expects no status, so an overloaded server is only noticed here.
        if case .served = expected { retry(after: answer, at: clock) }
    }

    private init(_ check: Check, _ number: Int, _ reason: String, _ answer: Answer? = nil) {
        let which = check.times > 1 ? "request \(number) of \(check.times): " : ""
        self.init(
            text: "\(check.url): \(which)\(reason)",
            curl: CurlLine(check, isAsSent: answer?.isAsSent ?? false).description)
    }

    /// A server that is overloaded is asked again later.
    private mutating func retry(after answer: Answer, at clock: any RunClock) {
        guard answer.status == 429 || answer.status == 503 else { return }
        retryClass = .throttle
        retryAfter = RetryAfter.delay(answer.headers["retry-after"], at: clock.date)
    }

    private init(text: String, curl: String) {
        self.text = text
        self.curl = curl
    }
}

extension CheckFailure {
    /// The failure of a page that gave different answers to repeated requests: it may be a mix of two versions.
    ///
    /// - Returns: nil if all answers are the same.
    init?(_ check: Check, _ answers: AnswerGroups) {
        guard let differences = answers.differences else { return nil }
        self.init(
            text: "\(check.url): expected the same answer \(check.times) times, got \(differences)",
            curl: CurlLine(check).description)
    }
}
