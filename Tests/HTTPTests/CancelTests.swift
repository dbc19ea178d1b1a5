import Testing

@testable import HTTP

/// Cancelling and shutting down.
@Suite struct CancelTests {
    @Test func inFlight() async throws {
        try await withServer({ _ in LoopbackReply(.hang) }) { server, transport in
            let url = try server.url()
            let task = Task { try await transport.send(HTTPRequest(.get, url)) }
            await server.nextRequest()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            // Returns only because the transport has closed its end.
            server.waitForClients()
        }
    }

    @Test func beforeItIsSent() async throws {
        try await withServer({ _ in .ok() }) { server, transport in
            let url = try server.url()
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await transport.send(HTTPRequest(.get, url))
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(server.log.isEmpty)
        }
    }

    /// The lane hears of the cancel before it hears of the batch.
    @Test func markedBeforeItIsQueued() async throws {
        let mailbox = try Mailbox()
        let ticket = Ticket()
        mailbox.cancel(ticket)
        #expect(mailbox.take().cancelled.count == 1)
        let outcomes = await withCheckedContinuation { continuation in
            let requests = [HTTPRequest(.get, Self.nowhere), HTTPRequest(.get, Self.nowhere)]
            #expect(mailbox.post(Submission(requests: requests, ticket: ticket, continuation: continuation)))
            for submission in mailbox.take().submissions where submission.ticket.isCancelled {
                Batch(submission).settleRest(.cancelled)
            }
        }
        #expect(outcomes.map(\.name) == ["cancelled", "cancelled"])
    }

    @Test func whileItWaitsForAConnection() async throws {
        let transport = Transport(lanes: 1, connectionsPerLane: 1)
        try await withServer({ _ in LoopbackReply(.hang) }, transport: transport) { server, transport in
            let url = try server.url()
            let first = Task { try await transport.send(HTTPRequest(.get, url)) }
            await server.nextRequest()
            let second = Task { try await transport.send(HTTPRequest(.get, url)) }
            second.cancel()
            await #expect(throws: CancellationError.self) { try await second.value }
            #expect(server.log.count == 1)
            first.cancel()
            await #expect(throws: CancellationError.self) { try await first.value }
        }
    }

    @Test func batchKeepsWhatWasDone() async throws {
        let transport = Transport(lanes: 1, connectionsPerLane: 1)
        let script: LoopbackServer.Script = { $0.target == "/1" ? .ok() : LoopbackReply(.hang) }
        try await withServer(script, transport: transport) { server, transport in
            let batch = try (1...3).map { try HTTPRequest(.get, server.url("/\($0)")) }
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
            let batch = (1...10).map { _ in HTTPRequest(.get, url) }
            let task = Task { try await transport.submit(batch) }
            await server.nextRequest()
            await transport.shutdown()
            #expect(try await task.value.map(\.name) == Array(repeating: "transport-closed", count: 10))
            server.waitForClients()
            await #expect(throws: TransportError.closed) { try await transport.send(HTTPRequest(.get, url)) }
            await transport.shutdown()
        }
    }

    @Test func shutdownBeforeTheFirstRequest() async throws {
        let transport = Transport()
        await transport.shutdown()
        await #expect(throws: TransportError.closed) { try await transport.send(HTTPRequest(.get, Self.nowhere)) }
    }

    @Test func transportThatIsLetGoEndsItsThreads() async throws {
        let server = try LoopbackServer { _ in .ok() }
        _ = try await Transport(lanes: 1, connectionsPerLane: 1).send(HTTPRequest(.get, server.url()))
        server.waitForClients()
        server.stop()
    }

    static let nowhere = HTTPURL(scheme: .http, host: "127.0.0.1", port: 1, target: "/")
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
