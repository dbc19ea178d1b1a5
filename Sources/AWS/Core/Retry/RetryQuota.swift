internal import Synchronization

/// Tokens that retries cost, so that a service that is down does not get three times as many requests.
final class RetryQuota: Sendable {
    private let capacity: Int
    private let tokens: Mutex<Int>

    init(capacity: Int = 500) {
        self.capacity = capacity
        tokens = Mutex(capacity)
    }

    /// Takes the cost of a retry. Returns false, and takes nothing, if there are too few tokens.
    func take(_ reason: RetryReason) -> Bool {
        tokens.withLock { tokens in
            guard tokens >= reason.cost else { return false }
            tokens -= reason.cost
            return true
        }
    }

    /// Notes that a call has succeeded.
    ///
    /// - Parameter reason: of its last retry, whose cost is given back; nil if the first attempt succeeded.
    func giveBack(after reason: RetryReason?) {
        tokens.withLock { $0 = min(capacity, $0 + (reason?.cost ?? 1)) }
    }

    var available: Int { tokens.withLock { $0 } }
}
