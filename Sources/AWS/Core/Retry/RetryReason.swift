internal import PipelineKit

/// Why another attempt may succeed. It depends on statuses and codes, never on texts.
enum RetryReason: Hashable, Sendable {
    /// A temporary failure: a broken connection, an overloaded server.
    case transient
    /// Too many requests: this passes too, but later.
    case throttled

    /// The tokens that a retry takes from the quota.
    var cost: Int {
        switch self {
        case .transient: 14
        case .throttled: 5
        }
    }

    /// The longest delay before the first retry.
    var base: Duration {
        switch self {
        case .transient: .milliseconds(50)
        case .throttled: .seconds(1)
        }
    }

    init?(status: Int, code: String) {
        if Self.throttlingCodes.contains(code) || status == 429 {
            self = .throttled
        } else if Self.transientCodes.contains(code) || [500, 502, 503, 504].contains(status) {
            self = .transient
        } else {
            return nil
        }
    }

    init?(_ error: any DescribedError) {
        switch error.retryClass {
        case .network, .timeout: self = .transient
        case .throttle: self = .throttled
        case .conflict, .failure: return nil
        }
    }

    private static let transientCodes: Set<String> = [
        "RequestTimeout", "RequestTimeoutException", "InternalError", "ServiceUnavailable",
    ]

    private static let throttlingCodes: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
    ]
}
