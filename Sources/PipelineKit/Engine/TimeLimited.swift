/// Gives work a limit of time: one attempt of a step, or a whole rollback.
struct TimeLimited: Sendable {
    let limit: Duration
    let clock: any RunClock
    /// What is limited, for the error: "one attempt of `upload`".
    let subject: String

    /// Runs the work in a child task, so that a step that was called from an actor cannot keep the limit from being
    /// noticed.
    ///
    /// - Throws: `TimeLimitExceeded` when the limit is over; the work has been cancelled and has ended by then.
    func callAsFunction<Result: Sendable>(
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await work() }
            group.addTask { [clock, limit] in
                try await clock.expire(after: limit)
                return nil
            }
            defer { group.cancelAll() }
            if let result = try await group.next() ?? nil { return result }
            throw TimeLimitExceeded(subject: subject, limit: limit)
        }
    }
}

/// Work took longer than its `timeout`. It is an error of its own, never a cancellation.
public struct TimeLimitExceeded: DescribedError {
    public var subject: String
    public var limit: Duration

    public var code: String { "timeout" }
    public var retryClass: RetryClass { .timeout }
    public var message: String { "\(subject) took longer than its limit of \(limit.text)" }
    public var help: String? { "give it a longer `timeout`, or find out what it waits for with `-v`" }
}
