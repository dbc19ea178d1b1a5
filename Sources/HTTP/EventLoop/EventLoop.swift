internal import CCurl
internal import Glibc
internal import Synchronization

/// A thread with its own libcurl. Requests go in through the taskQueue, outcomes come out through their continuations.
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

    /// An event loop that nobody shut down has nothing left to do: a request in flight would hold it.
    deinit {
        taskQueue.close()
        join()
    }

    /// Requests that were submitted and not answered.
    var load: Int { pending.load(ordering: .relaxed) }

    /// Sends a batch. When the task is cancelled, what has not ended yet ends as `cancelled`.
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

    /// Ends what is in flight with `closed`, and returns when the thread is gone.
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
    static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
}
