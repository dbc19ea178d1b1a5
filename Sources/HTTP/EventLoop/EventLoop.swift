internal import CCurl
internal import Glibc
internal import Synchronization

/// A thread with its own libcurl. Requests go in through the taskQueue; outcomes come out through continuations.
final class EventLoop: Sendable {
    private let taskQueue: TaskQueue
    private let thread: pthread_t
    private let end: ThreadExit
    private let joined = Atomic(false)
    private let pending = Atomic(0)

    init(_ options: EventLoopOptions) throws(TransportError) {
        guard LibCurl.isReady else {
            throw TransportError(.resources, location: "", "libcurl could not be initialised")
        }
        taskQueue = try TaskQueue()
        end = ThreadExit()
        thread = try EventLoopThread(taskQueue, options, end).start()
    }

    /// An event loop that nobody shut down has nothing left to do here: a request in flight would keep it alive.
    deinit {
        taskQueue.close()
        join()
    }

    /// The number of requests that were submitted and not answered.
    var load: Int { pending.load(ordering: .relaxed) }

    /// Sends a batch. If the task is cancelled, requests that have not ended yet end as `cancelled`.
    func submit(_ requests: [HTTPRequest]) async -> [Outcome] {
        guard !requests.isEmpty else { return [] }
        pending.add(requests.count, ordering: .relaxed)
        defer { pending.subtract(requests.count, ordering: .relaxed) }
        let token = CancellationToken()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let submission = Submission(requests: requests, token: token, continuation: continuation)
                if !taskQueue.post(submission) {
                    continuation.resume(returning: requests.map { _ in .failure(.closed) })
                }
            }
        } onCancel: {
            taskQueue.cancel(token)
        }
    }

    /// Ends requests in flight with `closed`, and returns when the thread is gone.
    func stop() async {
        taskQueue.close()
        await end.wait()
        join()
    }

    private func join() {
        guard !joined.exchange(true, ordering: .sequentiallyConsistent) else { return }
        pthread_join(thread, nil)
    }
}

/// libcurl's process-wide set-up, made once, before the first thread uses it.
private enum LibCurl {
    static let isReady: Bool = {
        // It names a file to which libcurl would write the keys of every connection, and so the credentials in them.
        // Children get the variable: the environment for them is read before the first connection.
        unsetenv("SSLKEYLOGFILE")
        return curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
    }()
}
