internal import CCurl
internal import Glibc
internal import Synchronization

/// What an event loop's thread is given when it starts.
final class EventLoopThread: Sendable {
    private let taskQueue: TaskQueue
    private let options: EventLoopOptions
    private let end: ThreadExit
    private let epoll: Int32

    init(_ taskQueue: TaskQueue, _ options: EventLoopOptions, _ end: ThreadExit) throws(TransportError) {
        self.taskQueue = taskQueue
        self.options = options
        self.end = end
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw .system("no descriptor for an HTTP event loop", errno) }
    }

    deinit {
        close(epoll)
    }

    func start() throws(TransportError) -> pthread_t {
        guard ccurl_epoll_watch(epoll, EPOLL_CTL_ADD, taskQueue.descriptor, EPOLLIN.rawValue) == 0 else {
            throw .system("no descriptor for an HTTP event loop", errno)
        }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let code = pthread_create(&thread, nil, Self.main, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw .system("no thread for an HTTP event loop", code)
        }
        return thread
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        Unmanaged<EventLoopThread>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }

    private func run() {
        // Signals are for threads that know them; and OpenSSL could raise SIGPIPE here.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        TransferLoop(taskQueue, options, epoll: epoll).run()
        end.reach()
    }
}

/// Says when a thread has nothing left to do, so that joining it does not block.
final class ThreadExit: Sendable {
    private enum State {
        case running([CheckedContinuation<Void, Never>])
        case ended
    }

    private let state = Mutex(State.running([]))

    func reach() {
        let waiting: [CheckedContinuation<Void, Never>] = state.withLock { state in
            defer { state = .ended }
            return if case .running(let waiting) = state { waiting } else { [] }
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                guard case .running(let waiting) = state else { return true }
                state = .running(waiting + [continuation])
                return false
            }
            if hasEnded { continuation.resume() }
        }
    }
}
