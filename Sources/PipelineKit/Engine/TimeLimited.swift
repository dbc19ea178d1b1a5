/// Gives work a limit of time: one attempt of a step, or a whole rollback.
struct TimeLimited: Sendable {
    let limit: Duration
    let clock: any RunClock
    /// What is limited, for the error: "one attempt of `upload`".
    let subject: String

    /// Runs the work in a child task, so that a step that was called from an actor cannot keep the limit from being
    /// noticed.
    ///
    /// A cancel from outside is the work's to answer: what it returns or throws is what this does.
    ///
    /// - Throws: `TimeLimitExceeded` when the limit is over; the work has been cancelled and has ended by then.
    func callAsFunction<Result: Sendable>(
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Ending<Result>.self) { group in
            group.addTask { .finished(try await work()) }
            group.addTask { [clock, limit] in
                do {
                    try await clock.expire(after: limit)
                    return .expired
                } catch {
                    return .cancelled
                }
            }
            defer { group.cancelAll() }
            while let ending = try await group.next() {
                switch ending {
                case .finished(let result): return result
                case .expired: throw TimeLimitExceeded(subject: subject, limit: limit)
                case .cancelled: continue
                }
            }
            throw CancellationError()
        }
    }

    private enum Ending<Result: Sendable>: Sendable {
        case finished(Result)
        case expired
        /// The watch over the limit ended because the work is no longer wanted.
        case cancelled
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
