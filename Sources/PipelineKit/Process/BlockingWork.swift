internal import Dispatch
internal import Glibc
internal import Synchronization

/// Runs blocking work (file copies, compression) on its own threads, so that it cannot hold up the threads on which
/// timeouts and cancellations are noticed. In a simulation (`Workplace`) it is done at once.
public enum BlockingWork {
    /// Runs `body` on its own thread.
    ///
    /// Cancelling the task raises the flag; the call returns when `body` has ended.
    public static func run<Result: Sendable>(
        _ body: @escaping @Sendable (CancellationFlag) throws -> Result
    ) async throws -> Result {
        let flag = CancellationFlag()
        if Workplace.executor != nil {
            if Task.isCancelled { flag.raise() }
            return try body(flag)
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                Self.onThread {
                    continuation.resume(with: Swift.Result { try body(flag) })
                }
            }
        } onCancel: {
            flag.raise()
        }
    }

    /// Runs `body` on several threads at once, each with its number from 0.
    ///
    /// The first error raises the flag for the others and is thrown when all have ended.
    public static func run<Result: Sendable>(
        threads: Int, _ body: @escaping @Sendable (_ worker: Int, CancellationFlag) throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            for worker in 0..<max(1, threads) {
                group.addTask { (worker, try await run { try body(worker, $0) }) }
            }
            var results: [(Int, Result)] = []
            for try await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// The number of processors that this process may use.
    public static var processors: Int {
        Workplace.executor != nil ? 2 : max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    /// Starts a thread for each call: a Dispatch queue adds only one per second while those that it has are blocked.
    private static func onThread(_ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(ThreadBody(body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, &attributes,
            { argument in
                if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, work.toOpaque())
        guard failure != 0 else { return }
        // No thread is available: slower is better than not at all.
        work.release()
        DispatchQueue.global().async(execute: body)
    }

    private final class ThreadBody: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}

/// Tells blocking work that its task was cancelled.
public final class CancellationFlag: Sendable {
    private let raised = Atomic(false)

    public init() {}

    public func raise() { raised.store(true, ordering: .relaxed) }

    public var isRaised: Bool { raised.load(ordering: .relaxed) }

    /// - Throws: `CancellationError` once the flag is raised.
    public func check() throws {
        if isRaised { throw CancellationError() }
    }
}
