/// Where the tasks of a run, and its blocking work, are done: on the system's threads, or, in a simulation, on one thread
/// that does them one after the other in an order of its own.
///
/// Whatever begins a task that is nobody's child begins it here: Swift gives such a task none of the executors of the task
/// that begins it.
public enum Workplace {
    /// Nil for the system's threads.
    @TaskLocal public static var executor: (any TaskExecutor)?

    /// Begins a task.
    public static func task<Success: Sendable>(
        _ work: @escaping @Sendable () async throws -> Success
    ) -> Task<Success, any Error> {
        Task(executorPreference: executor, operation: work)
    }

    /// Begins a task that does not fail.
    public static func task<Success: Sendable>(
        _ work: @escaping @Sendable () async -> Success
    ) -> Task<Success, Never> {
        Task(executorPreference: executor, operation: work)
    }
}
