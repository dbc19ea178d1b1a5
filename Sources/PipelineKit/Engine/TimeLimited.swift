/// Gives work a time limit: one attempt of a step, or a whole rollback.
public struct TimeLimited: Sendable {
    let limit: Duration
    let clock: any RunClock
    /// The name of the limited work for the error: "one attempt of `upload`".
    let subject: String

    public init(limit: Duration, clock: any RunClock, subject: String) {
        (self.limit, self.clock, self.subject) = (limit, clock, subject)
    }

    /// Runs the work in its own task, so that a step that was called from an actor cannot keep the limit from being
    /// noticed.
    ///
    /// After a cancellation from outside, this returns or throws what the work does.
    ///
    /// - Throws: `TimeLimitExceeded` when the limit is over; the work has been cancelled and has ended by then.
    public func callAsFunction<Result: Sendable>(
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let isOver = CancellationFlag()
        let task = Workplace.task { try await work() }
        let limit = clock.limit(limit) {
            isOver.raise()
            task.cancel()
        }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        limit.lift()
        if isOver.isRaised { throw TimeLimitExceeded(subject: subject, limit: self.limit) }
        return try result.get()
    }
}

/// Work took longer than its `timeout`. It is an error of its own, never a cancellation.
public struct TimeLimitExceeded: DescribedError {
    public var subject: String
    public var limit: Duration

    public static let code = "timeout"
    public var code: String { Self.code }
    public var retryClass: RetryClass { .timeout }
    public var message: String { "\(subject) took longer than its limit of \(limit.text)" }
    public var help: String? { "give it a longer `timeout`, or find out what it waits for with `-v`" }
}
