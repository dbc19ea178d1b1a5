internal import FoundationEssentials

/// The state of a `CredentialCache`: the credentials, and the running refresh with the tasks that wait for it.
struct CachedCredentials {
    /// Credentials are refreshed this many seconds before they expire: a call that is signed now must still be valid
    /// when it arrives, also over a slow line.
    static let margin: Double = 300
    /// The pause after a failed refresh, in seconds, while the old credentials are still valid.
    static let pause: Double = 30

    var current: Credentials?
    /// If the last refresh failed, there is none before this time.
    private var notBefore: Date?
    var refresh: Task<Credentials, any Error>?
    private(set) var waiting: Set<Int> = []
    private var lastWaiter = 0

    /// The credentials, if they need no refresh yet.
    func usable(at now: Date) -> Credentials? {
        guard let current, let expiration = current.expiration else { return current }
        let left = expiration.timeIntervalSince(now)
        if left > Self.margin { return current }
        return left > 0 && notBefore.map { now < $0 } ?? false ? current : nil
    }

    /// The credentials, if they are still valid after a refresh failed; notes when the next one is due.
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

    /// Waits for the running refresh, or for a new one.
    mutating func join(
        _ start: () -> Task<Credentials, any Error>
    ) -> (refresh: Task<Credentials, any Error>, waiter: Int) {
        lastWaiter += 1
        waiting.insert(lastWaiter)
        let task = refresh ?? start()
        refresh = task
        return (task, lastWaiter)
    }

    /// Cancels a refresh that no task waits for any more.
    mutating func leave(_ waiter: Int) {
        guard waiting.remove(waiter) != nil, waiting.isEmpty else { return }
        refresh?.cancel()
    }
}
