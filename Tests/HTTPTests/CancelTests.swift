import Glibc
import Synchronization
import Testing

@testable import HTTP

/// Cancelling and shutting down.
@Suite struct CancelTests {
    @Test func inFlight() async throws {
        try await withServer({ _ in LoopbackReply(.hang) }) { server, transport in
            let url = try server.url()
            let task = Task { try await transport.send(Self.patient(url)) }
            await server.nextRequest()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            // Returns only because the transport has closed its end.
            try await server.waitForClients()
        }
    }

    @Test func beforeItIsSent() async throws {
        try await withServer({ _ in .ok() }) { server, transport in
            let url = try server.url()
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await transport.send(Self.patient(url))
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(server.log.isEmpty)
        }
    }

    /// The event loop hears of the cancel before it hears of the batch.
    @Test func markedBeforeItIsQueued() async throws {
        let options = EventLoopOptions(connections: 1, tls: TLSOptions(), proxy: ProxyOptions())
        let loop = TransferLoop(try TaskQueue(), options, epoll: -1)
        let token = CancellationToken()
        token.cancel()
        let outcomes = await withCheckedContinuation { continuation in
            let requests = [HTTPRequest(.get, Self.nowhere), HTTPRequest(.get, Self.nowhere)]
            let submission = Submission(requests: requests, token: token, continuation: continuation)
            loop.deliver(TaskQueue.Tasks(cancelled: [token]))
            loop.deliver(TaskQueue.Tasks(submissions: [submission]))
            loop.deliver(TaskQueue.Tasks(closing: true))
            loop.run()
        }
        #expect(outcomes.map(\.name) == ["cancelled", "cancelled"])
    }

    /// On a machine that is busy with other tests, a minute passes before anybody cancels.
    private static func patient(_ url: HTTPURL) -> HTTPRequest {
        HTTPRequest(.get, url, timeouts: .init(total: .seconds(600)))
    }

    @Test func whileItWaitsForAConnection() async throws {
        let transport = Transport(eventLoops: 1, connectionsPerLoop: 1)
        try await withServer({ _ in LoopbackReply(.hang) }, transport: transport) { server, transport in
            let url = try server.url()
            let first = Task { try await transport.send(Self.patient(url)) }
            await server.nextRequest()
            let second = Task { try await transport.send(Self.patient(url)) }
            second.cancel()
            await #expect(throws: CancellationError.self) { try await second.value }
            #expect(server.log.count == 1)
            first.cancel()
            await #expect(throws: CancellationError.self) { try await first.value }
        }
    }

    /// Both are on the wire when one is cancelled; the other's reply comes after that.
    @Test func othersGoOn() async throws {
        let gate = Gate()
        let script: LoopbackServer.Script = {
            guard $0.target == "/stays" else { return LoopbackReply(.hang) }
            gate.wait()
            return .ok("stayed")
        }
        try await withServer(script) { server, transport in
            let (stays, goes) = (try server.url("/stays"), try server.url("/goes"))
            let staying = Task { try await transport.send(Self.patient(stays)) }
            let going = Task { try await transport.send(Self.patient(goes)) }
            await server.nextRequest()
            await server.nextRequest()
            going.cancel()
            await #expect(throws: CancellationError.self) { try await going.value }
            gate.open()
            let response = try await staying.value
            #expect(response.body == Array("stayed".utf8))
        }
    }

    @Test func batchKeepsWhatWasDone() async throws {
        let transport = Transport(eventLoops: 1, connectionsPerLoop: 1)
        let script: LoopbackServer.Script = { $0.target == "/1" ? .ok() : LoopbackReply(.hang) }
        try await withServer(script, transport: transport) { server, transport in
            let batch = try (1...3).map { Self.patient(try server.url("/\($0)")) }
            let task = Task { try await transport.submit(batch) }
            await server.nextRequest()
            await server.nextRequest()
            task.cancel()
            #expect(try await task.value.map(\.name) == ["200", "cancelled", "cancelled"])
        }
    }

    @Test func shutdownEndsWhatIsInFlightAndJoins() async throws {
        try await withServer({ _ in LoopbackReply(.hang) }) { server, transport in
            let url = try server.url()
            let batch = (1...10).map { _ in Self.patient(url) }
            let task = Task { try await transport.submit(batch) }
            await server.nextRequest()
            await transport.shutdown()
            #expect(try await task.value.map(\.name) == Array(repeating: "transport-closed", count: 10))
            try await server.waitForClients()
            await #expect(throws: TransportError.closed) { try await transport.send(Self.patient(url)) }
            await transport.shutdown()
        }
    }

    @Test func shutdownBeforeTheFirstRequest() async throws {
        let transport = Transport()
        await transport.shutdown()
        await #expect(throws: TransportError.closed) { try await transport.send(HTTPRequest(.get, Self.nowhere)) }
    }

    /// Its connection is closed by them, which ends the server's thread; one that stays would be waited for for ever.
    @Test(.timeLimit(.minutes(5))) func transportThatIsLetGoEndsItsThreads() async throws {
        let server = try LoopbackServer { _ in .ok() }
        _ = try await Transport(eventLoops: 1, connectionsPerLoop: 1).send(HTTPRequest(.get, server.url()))
        try await server.waitForClients()
        #expect(server.openConnections == 0)
        server.stop()
    }

    static let nowhere = HTTPURL(scheme: .http, host: "127.0.0.1", port: 1, target: "/")
}

/// Holds a thread until it is opened.
private final class Gate: Sendable {
    private let isOpen = Atomic(false)

    func wait() {
        while !isOpen.load(ordering: .acquiring) { sched_yield() }
    }

    func open() {
        isOpen.store(true, ordering: .releasing)
    }
}

extension LoopbackServer {
    func nextRequest() async {
        var iterator = requests.makeAsyncIterator()
        _ = await iterator.next()
    }
}

extension Outcome {
    var name: String {
        switch self {
        case .response(let response): "\(response.status)"
        case .failure(let error): error.code
        case .cancelled: "cancelled"
        }
    }
}
