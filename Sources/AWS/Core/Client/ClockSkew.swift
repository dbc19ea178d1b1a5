internal import FoundationEssentials
internal import Synchronization

/// How far this machine's clock is behind the services'.
final class ClockSkew: Sendable {
    /// In seconds. Services accept 5 minutes or more; a smaller difference has another cause.
    static let tolerance: Double = 240

    private let seconds = Mutex<Double>(0)

    func correct(_ date: Date) -> Date {
        date.addingTimeInterval(seconds.withLock { $0 })
    }

    func learn(server: Date, local: Date) {
        seconds.withLock { $0 = server.timeIntervalSince(local) }
    }
}
