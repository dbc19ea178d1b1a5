/// The loop of an event loop's thread: it starts, drives and completes transfers until its taskQueue closes.
///
/// The event loop starts no more transfers than it has connections, and queues the rest itself: in libcurl's own queue, a
/// transfer's timeout would already run.
final class TransferLoop {
    private let taskQueue: TaskQueue
    private let options: EventLoopOptions
    private let sockets: SocketSet
    private var queue = Queue<Batch>()
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]
    private var idle: [Transfer] = []
    private var closing = false
    /// When the transfers are looked at for one that stands still; nil if none of them may be ended for that.
    private var nextLook: ContinuousClock.Instant?

    init(_ taskQueue: TaskQueue, _ options: EventLoopOptions, epoll: Int32) {
        self.taskQueue = taskQueue
        self.options = options
        sockets = SocketSet(epoll: epoll, connections: options.connections)
    }

    func run() {
        while !closing {
            startQueued()
            completeFinished()
            endIdle()
            if queue.isEmpty || active.count == options.connections {
                if sockets.wait(besides: taskQueue.descriptor, until: nextLook) { deliver(taskQueue.take()) }
            }
        }
        for transfer in Array(active.values) { end(transfer, with: .failure(.closed)) }
        while let batch = queue.popFirst() { batch.completeRest(.failure(.closed)) }
    }

    func deliver(_ tasks: TaskQueue.Tasks) {
        for submission in tasks.submissions {
            let batch = Batch(submission)
            if batch.token.isCancelled { batch.completeRest(.cancelled) } else { queue.append(batch) }
        }
        for token in tasks.cancelled { cancel(token) }
        closing = tasks.closing
    }

    /// A token that is unknown here has ended already, or will come later and be found marked.
    private func cancel(_ token: CancellationToken) {
        for batch in queue.remove(where: { $0.token === token }) { batch.completeRest(.cancelled) }
        for transfer in Array(active.values) where transfer.job?.batch.token === token {
            end(transfer, with: .cancelled)
        }
    }

    private func startQueued() {
        while active.count < options.connections, let batch = queue.first {
            guard let job = batch.takeNext() else {
                _ = queue.popFirst()
                continue
            }
            start(job)
        }
    }

    private func start(_ job: Job) {
        let transfer = idle.popLast() ?? Transfer()
        do throws(TransportError) {
            try transfer.begin(job, options)
            try sockets.add(transfer.easy, for: job.request)
            active[transfer.easy.pointer] = transfer
            if transfer.isWatched, nextLook == nil { nextLook = .now + IdleWatch.interval }
        } catch {
            transfer.end()
            job.batch.complete(job, .failure(error))
        }
    }

    private func completeFinished() {
        while let (pointer, code) = sockets.nextFinished() {
            guard let transfer = active[pointer], let job = transfer.job else { continue }
            end(transfer, with: transfer.outcome(code, of: job))
        }
    }

    /// Ends transfers through which nothing comes any more.
    private func endIdle() {
        guard let due = nextLook, due <= .now else { return }
        let now = ContinuousClock.now
        for transfer in Array(active.values) where transfer.isWatched {
            let waiting = sockets.unacknowledged(of: transfer.easy)
            if let error = transfer.idleFailure(at: now, waiting: waiting) { end(transfer, with: .failure(error)) }
        }
        nextLook = active.values.contains(where: \.isWatched) ? now + IdleWatch.interval : nil
    }

    /// Removes the transfer from libcurl before the caller learns of it: nothing of the request is touched afterwards.
    private func end(_ transfer: Transfer, with outcome: Outcome) {
        sockets.remove(transfer.easy)
        active[transfer.easy.pointer] = nil
        let job = transfer.job
        transfer.end()
        // Not after a failure: libcurl 7.88 keeps the buffer of a transfer whose name was not found, and then refuses
        // options for ever. Connections are the multi handle's, so that a new handle loses none.
        if case .response = outcome { idle.append(transfer) }
        if let job { job.batch.complete(job, outcome) }
    }
}

extension TransportError {
    static let closed = TransportError(.closed, location: "", "the HTTP transport was shut down")
}
