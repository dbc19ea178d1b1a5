internal import PipelineKit
internal import Synchronization

/// Sends HTTP requests on a few threads of its own. Each thread keeps its connections open.
///
/// Nothing starts before the first request. The owner of a transport must call `shutdown()` before the process ends: a
/// thread inside TLS while the process exits can crash it.
public final class Transport: Sendable {
    private enum State {
        case idle
        case running([EventLoop])
        case closed(Task<Void, Never>)
    }

    /// As many connections of a thread as are worth having, or fewer if the process may not open so many files. Each can
    /// have a file beside its socket, for both of two threads, and the rest of the process needs some too.
    public static var usualConnections: Int {
        let files = Int(min(ProcessLimits.openFiles, 4_096))
        return max(2, min(256, (files - 24) / 4))
    }

    private let loopCount: Int
    private let options: EventLoopOptions
    private let state = Mutex(State.idle)

    /// Uses `eventLoops` threads with `connectionsPerLoop` connections each: no more requests are in flight at once, and
    /// others wait.
    public init(
        eventLoops: Int = 2, connectionsPerLoop: Int = Transport.usualConnections, tls: TLSOptions = TLSOptions(),
        proxy: ProxyOptions = ProxyOptions()
    ) {
        precondition(eventLoops > 0 && connectionsPerLoop > 0, "a transport needs an event loop and a connection")
        loopCount = eventLoops
        options = EventLoopOptions(connections: connectionsPerLoop, tls: tls, proxy: proxy)
    }

    /// Sends one request and returns its response, whatever the status. Throws `TransportError`, or `CancellationError`
    /// if the task was cancelled; then nothing of the request is in use any more.
    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await request.followsByItself ? follow(request) : sendOnce(request)
    }

    func sendOnce(_ request: HTTPRequest) async throws -> HTTPResponse {
        try Failpoint.request.pass(for: request)
        switch try await submit([request]).first {
        case .response(let response):
            try Failpoint.reply.pass(for: request)
            return response
        case .failure(let error): throw error
        case .cancelled, nil: throw CancellationError()
        }
    }

    /// Sends many requests on one thread, at the cost of one continuation.
    public func sendAll(_ requests: [HTTPRequest]) async -> [Result<HTTPResponse, any Error>] {
        if requests.contains(where: \.followsByItself) {
            return await requests.concurrentResults { [self] in try await send($0) }
        }
        do {
            for request in requests { try Failpoint.request.pass(for: request) }
            return try await zip(requests, submit(requests)).map { request, outcome in
                switch outcome {
                case .response(let response):
                    Result {
                        try Failpoint.reply.pass(for: request)
                        return response
                    }
                case .failure(let error): .failure(error)
                case .cancelled: .failure(CancellationError())
                }
            }
        } catch {
            return requests.map { _ in .failure(error) }
        }
    }

    /// Ends requests in flight and waiting ones with `closed`, and returns when the threads are gone. Calling it again
    /// is harmless.
    public func shutdown() async {
        let task = state.withLock { state in
            if case .closed(let task) = state { return task }
            let eventLoops = if case .running(let eventLoops) = state { eventLoops } else { [EventLoop]() }
            let task = Task {
                for loop in eventLoops { await loop.stop() }
            }
            state = .closed(task)
            return task
        }
        await task.value
    }

    /// Sends a batch on one event loop, at the cost of one continuation; the outcomes are in the order of the requests.
    func submit(_ batch: [HTTPRequest]) async throws(TransportError) -> [Outcome] {
        try await leastLoaded().submit(batch)
    }

    /// The first of equals, so that requests made one after another find the same open connection.
    private func leastLoaded() throws(TransportError) -> EventLoop {
        let eventLoops = try eventLoops()
        return eventLoops.dropFirst().reduce(eventLoops[0]) { $1.load < $0.load ? $1 : $0 }
    }

    private func eventLoops() throws(TransportError) -> [EventLoop] {
        try state.withLock { state throws(TransportError) in
            switch state {
            case .running(let eventLoops): return eventLoops
            case .closed: throw .closed
            case .idle:
                var eventLoops: [EventLoop] = []
                for _ in 0..<loopCount { eventLoops.append(try EventLoop(options)) }
                state = .running(eventLoops)
                return eventLoops
            }
        }
    }
}

extension Failpoint {
    /// - Throws: `TransportError`.
    fileprivate func pass(for request: HTTPRequest) throws {
        do {
            try pass()
        } catch {
            throw TransportError(self == .request ? .connect : .reset, request.url, "a failpoint has ended it")
        }
    }
}
