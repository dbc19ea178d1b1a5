internal import HTTP
internal import PipelineKit

/// The state of one call over its attempts.
struct Call {
    let request: AWSRequest
    let startedAt: ContinuousClock.Instant
    /// The number of attempts.
    var attempts = 0
    /// The number of attempts after a delay.
    var retries = 0
    /// The last retry that the quota paid for.
    var paidRetry: RetryReason?
    var corrections: Set<Correction> = []
    /// The region of the current attempt.
    var region = ""
    var credentials: Credentials?
    private(set) var mayHaveBeenApplied = false

    init(_ request: AWSRequest, startedAt: ContinuousClock.Instant) {
        self.request = request
        self.startedAt = startedAt
    }

    /// Remembers if the failed attempt may have taken effect in spite of the error.
    mutating func note(_ error: any DescribedError) {
        switch error {
        case let error as AWSError:
            mayHaveBeenApplied = mayHaveBeenApplied || error.status >= 500 || error.status == 200
        case let error as TransportError: mayHaveBeenApplied = mayHaveBeenApplied || error.kind.isAfterSending
        // It was not even signed.
        case is LeaseLost: break
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

/// What a call's next attempt does differently.
enum Correction: Hashable, Sendable {
    case credentials, region, clock, addressing
}

extension TransportError.Kind {
    /// True if the request may have reached the server.
    fileprivate var isAfterSending: Bool {
        switch self {
        case .dns, .connect, .tls, .certificate, .caBundle, .invalidURL, .invalidRequest, .closed: false
        case .timeout, .reset, .truncated, .encoding, .tooLarge, .redirects, .badReply, .unreadableBody, .sinkRefused,
            .resources:
            true
        }
    }
}
