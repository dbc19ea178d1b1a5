internal import FoundationEssentials

/// What a `CredentialCache` knows: the credentials, and the refresh in work with those who wait for it.
struct CachedCredentials {
    /// Before they expire, so that a call that is signed now is still good when it arrives, also over a slow line.
    static let margin: Double = 300
    /// In seconds, after a refresh that failed while the old credentials are still good.
    static let pause: Double = 30

    var current: Credentials?
    /// No refresh before this time, where the last one failed.
    private var notBefore: Date?
    var refresh: Task<Credentials, any Error>?
    private(set) var waiting: Set<Int> = []
    private var lastWaiter = 0

    /// Those that need no refresh yet.
    func usable(at now: Date) -> Credentials? {
        guard let current, let expiration = current.expiration else { return current }
        let left = expiration.timeIntervalSince(now)
        if left > Self.margin { return current }
        return left > 0 && notBefore.map { now < $0 } ?? false ? current : nil
    }

    /// Those that are good although a refresh failed; notes when the next one is due.
    mutating func surviving(at now: Date, until next: Date) -> Credentials? {
        guard let current, let expiration = current.expiration, expiration > now else { return nil }
        notBefore = next
        return current
    }

    mutating func keep(_ credentials: Credentials) {
        current = credentials
        notBefore = nil
        refresh = nil
    }

    /// Waits for the refresh in work, or for a new one.
    mutating func join(
        _ start: () -> Task<Credentials, any Error>
    ) -> (refresh: Task<Credentials, any Error>, waiter: Int) {
        lastWaiter += 1
        waiting.insert(lastWaiter)
        let task = refresh ?? start()
        refresh = task
        return (task, lastWaiter)
    }

    /// A refresh that nobody waits for any more is cancelled.
    mutating func leave(_ waiter: Int) {
        guard waiting.remove(waiter) != nil, waiting.isEmpty else { return }
        refresh?.cancel()
    }
}
