import Glibc
import HTTP
import PipelineKit
import Synchronization
import TestSupport
import Testing

// The suites of this target talk to a server within the test, over loopback: what libcurl makes of a wire that breaks
// cannot be tried without a wire.

/// What goes wrong on the wire, and the error that it becomes.
@Suite struct FaultTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var reply: LoopbackReply
        var kind: TransportError.Kind
        var change: @Sendable (inout HTTPRequest) -> Void = { _ in }

        var testDescription: String { name }
    }

    static let faults = [
        Fault(name: "closed without a reply", reply: LoopbackReply(.close), kind: .reset),
        Fault(name: "reset without a reply", reply: LoopbackReply(.reset), kind: .reset),
        Fault(name: "reset within the headers", reply: .text("HTTP/1.1 200 OK\r\nContent-", .reset), kind: .reset),
        Fault(
            name: "reset within the body", reply: .text("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", .reset),
            kind: .reset),
        Fault(
            name: "body shorter than announced",
            reply: .text("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", .close), kind: .truncated),
        Fault(
            name: "chunks without an end",
            reply: .text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", .close), kind: .truncated),
        Fault(name: "never answers", reply: LoopbackReply(.hang), kind: .timeout) {
            $0.timeouts.total = .milliseconds(60)
        },
        Fault(
            name: "stops within the body", reply: .text("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", .hang),
            kind: .timeout
        ) { $0.timeouts.total = .milliseconds(60) },
        Fault(name: "never answers, with a limit on standing still", reply: LoopbackReply(.hang), kind: .timeout) {
            $0.timeouts = .init(idle: .milliseconds(60))
        },
        Fault(
            name: "stands still within the body",
            reply: .text("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", .hang), kind: .timeout
        ) { $0.timeouts = .init(idle: .milliseconds(60)) },
        Fault(name: "no HTTP", reply: .text("SSH-2.0-OpenSSH_9.2p1\r\n", .close), kind: .badReply),
        Fault(name: "redirect to what is no HTTP", reply: .redirect(to: "ftp://127.0.0.1/"), kind: .badReply) {
            $0.maximumRedirects = 3
        },
        Fault(name: "redirects in a circle", reply: .redirect(to: "/"), kind: .redirects) { $0.maximumRedirects = 3 },
        Fault(name: "longer than allowed, as announced", reply: .status(200, [], Array("12345".utf8)), kind: .tooLarge)
        {
            $0.maximumBodyBytes = 4
        },
        Fault(
            name: "longer than allowed, without saying so", reply: .text("HTTP/1.1 200 OK\r\n\r\n12345", .close),
            kind: .tooLarge
        ) { $0.maximumBodyBytes = 4 },
        Fault(
            name: "too many headers",
            reply: .status(200, (1...300).map { "X-\($0): \(String(repeating: "x", count: 1000))" }),
            kind: .tooLarge),
        Fault(
            name: "more behind the end of what is compressed",
            reply: .text(
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", .send("a".utf8.gzipped + "b".utf8.gzipped), .close),
            kind: .badReply
        ) {
            $0.decompresses = true
        },
        Fault(
            name: "in an encoding that is not known", reply: .status(200, ["Content-Encoding: aws-chunked"], [1]),
            kind: .encoding
        ) {
            $0.decompresses = true
        },
        Fault(
            name: "encoded twice",
            reply: .status(200, ["Content-Encoding: gzip", "content-encoding: identity, br"], [1]),
            kind: .encoding
        ) {
            $0.decompresses = true
        },
        Fault(
            name: "not compressed as it says", reply: .status(200, ["Content-Encoding: gzip"], Array("plain".utf8)),
            kind: .badReply
        ) {
            $0.decompresses = true
        },
    ]

    @Test(arguments: faults)
    func fault(_ fault: Fault) async throws {
        try await withServer({ _ in fault.reply }) { server, transport in
            var request = try HTTPRequest(.get, server.url("/page?signature=secret"))
            fault.change(&request)
            let error = try #require(await #expect(throws: TransportError.self) { try await transport.send(request) })
            #expect(error.kind == fault.kind, "\(error)")
            #expect(error.message.contains("http://127.0.0.1:\(server.port)/page: "))
            #expect(!error.message.contains("secret"))
            #expect(error.help != nil)
        }
    }

    @Test func exactlyTheAllowedLengthIsTaken() async throws {
        try await withServer({ _ in .ok("1234") }) { server, transport in
            var request = try HTTPRequest(.get, server.url())
            request.maximumBodyBytes = 4
            let response = try await transport.send(request)
            #expect(response.body == Array("1234".utf8))
        }
    }

    @Test func nobodyListens() async throws {
        let server = try LoopbackServer { _ in .ok() }
        server.stop()
        let error = try await failure(of: HTTPRequest(.get, server.url()))
        #expect(error.kind == .connect)
        #expect(error.retryClass == .network)
        #expect(error.message.hasSuffix("no connection to 127.0.0.1 port \(server.port) (connection refused)"))
    }

    /// A label of 64 letters fits into no DNS question: the resolver refuses it without asking anybody.
    @Test func unknownHost() async throws {
        let host = String(repeating: "a", count: 64) + ".invalid"
        let error = try await failure(of: HTTPRequest(.get, HTTPURL("http://\(host)/")))
        #expect(error.kind == .dns)
        #expect(error.retryClass == .network)
        #expect(error.message == "http://\(host)/: the name '\(host)' was not found")
    }

    /// The next request, such as the first one of a rollback, must not inherit what a failure has left in libcurl's handle.
    @Test func afterANameThatWasNotFoundTheNextRequestIsAsGoodAsTheFirst() async throws {
        let host = String(repeating: "a", count: 64) + ".invalid"
        try await withServer({ _ in .ok("here") }) { server, transport in
            for _ in 1...3 {
                let request = try HTTPRequest(.get, HTTPURL("http://\(host)/"))
                let error = await #expect(throws: TransportError.self) { try await transport.send(request) }
                #expect(error?.kind == .dns, "\(error?.message ?? "")")
                // The failed request may have left its handle to this one.
                let body = try? await transport.send(HTTPRequest(.get, server.url())).body
                #expect(body == Array("here".utf8))
            }
        }
    }

    @Test func timeoutIsItsOwnRetryClass() async throws {
        try await withServer({ _ in LoopbackReply(.hang) }) { server, transport in
            let timeouts = HTTPRequest.Timeouts(total: .milliseconds(60))
            let request = try HTTPRequest(.get, server.url(), timeouts: timeouts)
            let error = try #require(await #expect(throws: TransportError.self) { try await transport.send(request) })
            #expect(error.retryClass == .timeout)
            #expect(error.message.hasSuffix("no complete reply from 127.0.0.1 within 0.06 seconds"))
        }
    }

    /// Its kernel takes what fits into its buffer, and then nothing more.
    @Test func aServerThatReadsNothingStandsStill() async throws {
        let (listener, port) = try LoopbackServer.listen()
        let transport = Transport(eventLoops: 1, connectionsPerLoop: 1)
        let body = RequestBody.bytes([UInt8](repeating: 7, count: 32 << 20))
        let request = try HTTPRequest(
            .put, HTTPURL("http://127.0.0.1:\(port)/"), body: body, timeouts: .init(idle: .milliseconds(300)))
        let error = await #expect(throws: TransportError.self) { try await transport.send(request) }
        await transport.shutdown()
        close(listener)
        #expect(error?.retryClass == .timeout)
        #expect(error?.detail == "not one byte went to 127.0.0.1 or came from it in 0.3 seconds")
    }

    /// The kernel takes the whole body at once, and libcurl sees nothing of how it comes through.
    @Test func aBodyThatWaitsInTheKernelIsNotCutOffWhileItComesThrough() async throws {
        let (listener, port) = try LoopbackServer.listen(receiveBuffer: 16 << 10)
        let size = 2 << 20
        let transport = Transport(eventLoops: 1, connectionsPerLoop: 1)
        let count = Mutex(0)
        let reader = try LoopbackThread { Self.readSlowly(listener, size, count) }
        let request = try HTTPRequest(
            .put, HTTPURL("http://127.0.0.1:\(port)/"), body: .bytes([UInt8](repeating: 7, count: size)),
            timeouts: .init(idle: .milliseconds(2_000)))
        let response = try await transport.send(request)
        #expect(response.status == 200 && response.timings.total >= .seconds(3))
        // Its thread waits until the connection is closed.
        await transport.shutdown()
        reader.join()
        #expect(count.withLock { $0 } >= size)
        close(listener)
    }

    /// Takes 16 KiB every 25 ms, and answers when it has that many bytes and a head.
    private static func readSlowly(_ listener: Int32, _ size: Int, _ count: borrowing Mutex<Int>) {
        let connection = accept(listener, nil, nil)
        defer { close(connection) }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while count.withLock({ $0 }) < size {
            let got = recv(connection, &buffer, buffer.count, 0)
            guard got > 0 else { return }
            count.withLock { $0 += got }
            usleep(25_000)
        }
        let reply = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
        _ = Glibc.send(connection, reply, reply.count, Int32(MSG_NOSIGNAL))
        while recv(connection, &buffer, buffer.count, 0) > 0 {}
    }

    /// Nothing listens there: it is not even tried.
    @Test func nothingIsSentAfterTheDeadline() async throws {
        var request = HTTPRequest(.put, try HTTPURL("http://127.0.0.1:1/"), body: .bytes([1]))
        request.deadline = .now
        let error = try await failure(of: request)
        #expect(error.kind == .timeout && error.message.contains("before it had a connection"))
    }

    /// The server is silent for as long as it takes, and the request's own limits are longer.
    @Test func aRequestEndsAtItsDeadline() async throws {
        try await withServer({ _ in LoopbackReply(.hang) }) { server, transport in
            var request = HTTPRequest(.put, try server.url(), body: .bytes([1]), timeouts: .init(idle: .seconds(1_000)))
            request.deadline = .now + .milliseconds(200)
            let sent = request
            let error = await #expect(throws: TransportError.self) { try await transport.send(sent) }
            #expect(error?.kind == .timeout)
        }
    }

    /// The whole takes longer than the limit, and no pause does.
    @Test func whatComesPieceByPieceIsNotCutOff() async throws {
        let pieces: [LoopbackReply.Act] = (0..<6).flatMap { _ in [.pause(.milliseconds(500)), .send([0x78])] }
        var reply = LoopbackReply.text("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        reply.acts += pieces
        try await withServer({ [reply] _ in reply }) { server, transport in
            let request = try HTTPRequest(.get, server.url(), timeouts: .init(idle: .milliseconds(2_500)))
            let response = try await transport.send(request)
            #expect(response.body == Array("xxxxxx".utf8))
            #expect(response.timings.total >= .milliseconds(2_500))
        }
    }

    @Test(
        arguments: [
            (HTTPMethod.get, HTTPHeaders(), [1]),
            (.get, ["X": "a\r\nInjected: b"], []),
            (.get, ["X Y": "a"], []),
            (.put, ["content-length": "7"], [1]),
            (HTTPMethod(rawValue: "GET /x"), [:], []),
        ] as [(HTTPMethod, HTTPHeaders, [UInt8])])
    func requestThatCannotBeSent(_ method: HTTPMethod, _ headers: HTTPHeaders, _ body: [UInt8]) async throws {
        let url = try HTTPURL("http://127.0.0.1:1/")
        let error = try await failure(of: HTTPRequest(method, url, headers: headers, body: .bytes(body)))
        #expect(error.kind == .invalidRequest)
    }

    private func failure(of request: HTTPRequest) async throws -> TransportError {
        let transport = Transport(eventLoops: 1, connectionsPerLoop: 1)
        let error = await #expect(throws: TransportError.self) { try await transport.send(request) }
        await transport.shutdown()
        return try #require(error)
    }
}
