public import FoundationEssentials

/// The only source of time for the engine and the steps.
public protocol RunClock: Sendable {
    /// Monotonic: for timeouts and durations.
    var now: ContinuousClock.Instant { get }

    /// The time of day, for records.
    var date: Date { get }

    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func sleep(for duration: Duration) async throws

    /// Sleeps beside the work that it limits. It differs from `sleep` under test only, where it never moves the time.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled, which is what happens when the work is done.
    func expire(after limit: Duration) async throws
}

/// The machine's clock.
public struct SystemClock: RunClock {
    public init() {}

    public var now: ContinuousClock.Instant { .now }
    public var date: Date { Date() }

    public func sleep(for duration: Duration) async throws {
        try await ContinuousClock().sleep(for: duration)
    }

    public func expire(after limit: Duration) async throws {
        try await LimitTimer.shared.wait(until: now.advanced(by: limit))
    }
}
