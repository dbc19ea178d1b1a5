internal import CCurl
internal import Glibc
internal import Synchronization

/// What other threads tell an event loop. The event loop's descriptor is written to only when the box turns non-empty.
final class TaskQueue: Sendable {
    struct Tasks {
        var submissions: [Submission] = []
        var cancelled: [CancellationToken] = []
        var closing = false

        var isEmpty: Bool { submissions.isEmpty && cancelled.isEmpty && !closing }
    }

    /// Readable while there may be tasks.
    let descriptor: Int32
    private let tasks = Mutex(Tasks())

    init() throws(TransportError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw .system("no descriptor for an HTTP event loop", errno) }
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// `false` when the event loop is closing: the submission was not taken.
    func post(_ submission: Submission) -> Bool {
        put { tasks in
            guard !tasks.closing else { return false }
            tasks.submissions.append(submission)
            return true
        }
    }

    func cancel(_ token: CancellationToken) {
        token.cancel()
        put { $0.cancelled.append(token) }
    }

    func close() {
        put { $0.closing = true }
    }

    /// Empties the box. `closing` stays.
    func take() -> Tasks {
        // First the descriptor: tasks that comes in between makes it readable again.
        var count: eventfd_t = 0
        eventfd_read(descriptor, &count)
        return tasks.withLock { tasks in
            defer { tasks = Tasks(closing: tasks.closing) }
            return tasks
        }
    }

    private func put<Result: Sendable>(_ change: (inout Tasks) -> Result) -> Result {
        let (result, wakes) = tasks.withLock { tasks in
            let wasEmpty = tasks.isEmpty
            let result = change(&tasks)
            return (result, wasEmpty && !tasks.isEmpty)
        }
        // It cannot fail: the counter has 64 bits.
        if wakes { eventfd_write(descriptor, 1) }
        return result
    }
}

extension TransportError {
    static func system(_ what: String, _ number: Int32) -> TransportError {
        TransportError(.resources, location: "", "\(what): \(String(cString: strerror(number)).lowercased())")
    }
}
