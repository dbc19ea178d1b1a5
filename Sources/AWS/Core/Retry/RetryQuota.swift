internal import Synchronization

/// Tokens that retries cost, so that a service that is down is not asked three times as often.
final class RetryQuota: Sendable {
    private let capacity: Int
    private let tokens: Mutex<Int>

    init(capacity: Int = 500) {
        self.capacity = capacity
        tokens = Mutex(capacity)
    }

    /// False, and nothing taken, where there are too few.
    func take(_ reason: RetryReason) -> Bool {
        tokens.withLock { tokens in
            guard tokens >= reason.cost else { return false }
            tokens -= reason.cost
            return true
        }
    }

    /// A call has succeeded.
    ///
    /// - Parameter reason: of its last retry, whose cost comes back; nil where the first attempt did it.
    func giveBack(after reason: RetryReason?) {
        tokens.withLock { $0 = min(capacity, $0 + (reason?.cost ?? 1)) }
    }

    var available: Int { tokens.withLock { $0 } }
}
