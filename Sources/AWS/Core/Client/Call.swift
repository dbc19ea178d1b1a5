internal import HTTP
internal import PipelineKit

/// The state of one call over its attempts.
struct Call {
    let request: AWSRequest
    let startedAt: ContinuousClock.Instant
    /// All that were sent.
    var attempts = 0
    /// Those after a delay.
    var retries = 0
    /// The last one that the quota paid for.
    var paidRetry: RetryReason?
    var corrections: Set<Correction> = []
    /// Of the attempt in work.
    var region = ""
    var credentials: Credentials?
    private(set) var mayHaveBeenApplied = false

    init(_ request: AWSRequest, startedAt: ContinuousClock.Instant) {
        self.request = request
        self.startedAt = startedAt
    }

    /// Remembers whether the failed attempt may have taken effect all the same.
    mutating func note(_ error: any DescribedError) {
        switch error {
        case let error as AWSError:
            mayHaveBeenApplied = mayHaveBeenApplied || error.status >= 500 || error.status == 200
        case let error as TransportError: mayHaveBeenApplied = mayHaveBeenApplied || error.kind.isAfterSending
        default: mayHaveBeenApplied = true
        }
    }

    /// The error that ends the call.
    func final(_ error: any DescribedError) -> any DescribedError {
        guard var error = error as? AWSError else { return error }
        error.attempts = attempts
        error.mayHaveBeenApplied = mayHaveBeenApplied
        return error
    }
}

/// What a call's next attempt does otherwise.
enum Correction: Hashable, Sendable {
    case credentials, region, clock
}

extension TransportError.Kind {
    /// Whether the request may have reached the server.
    fileprivate var isAfterSending: Bool {
        switch self {
        case .dns, .connect, .tls, .certificate, .caBundle, .invalidURL, .invalidRequest, .closed: false
        case .timeout, .reset, .truncated, .encoding, .tooLarge, .redirects, .badReply, .unreadableBody, .sinkRefused,
            .resources:
            true
        }
    }
}
