import Glibc
import HTTP
import PipelineKit
import Testing

/// What leaves, and what comes back when all is well.
@Suite struct TransportTests {
    @Test func sendsWhatIsSaidAndNothingElse() async throws {
        try await withServer({ _ in .ok() }) { server, transport in
            let url = try server.url("/a/../b//c%2F?x=%20&y=")
            _ = try await transport.send(HTTPRequest(.put, url, headers: ["X-B": "2", "X-A": ""], body: .bytes([7])))
            #expect(
                server.log.map(\.lines) == [
                    [
                        "PUT /a/../b//c%2F?x=%20&y= HTTP/1.1", "Host: 127.0.0.1:\(server.port)",
                        "User-Agent: runner/\(RunnerVersion.text)", "X-B: 2", "X-A:", "Content-Length: 1",
                    ]
                ])
        }
    }

    @Test func saysWhatItIsTold() async throws {
        try await withServer({ _ in .ok() }) { server, transport in
            _ = try await transport.send(HTTPRequest(.get, server.url(), headers: ["user-agent": "other/1"]))
            #expect(
                server.log.map { $0.lines.filter { $0.lowercased().hasPrefix("user-agent") } } == [
                    ["user-agent: other/1"]
                ])
        }
    }

    /// What libcurl's own reading of a URL would change.
    @Test(arguments: ["/a?", "/a|b\"[c]{d}", "/./a/%2e%2e/b", "/a?b?c'd", "//host/x"])
    func targetAsGiven(_ target: String) async throws {
        try await withServer({ _ in .ok() }) { server, transport in
            _ = try await transport.send(HTTPRequest(.get, server.url(target)))
            #expect(server.log.map(\.requestLine) == ["GET \(target) HTTP/1.1"])
        }
    }

    @Test(
        arguments: [
            (HTTPMethod.get, nil), (.head, nil), (.delete, nil), (.put, "0"), (.post, "0"),
        ] as [(HTTPMethod, String?)])
    func emptyBody(_ method: HTTPMethod, _ length: String?) async throws {
        try await withServer({ _ in .text("HTTP/1.1 204 X\r\n\r\n") }) { server, transport in
            let response = try await transport.send(HTTPRequest(method, server.url()))
            #expect(response.status == 204)
            #expect(server.log.map(\.requestLine) == ["\(method) / HTTP/1.1"])
            #expect(server.log.map { $0.header("Content-Length") } == [length])
        }
    }

    @Test func responseAsItCame() async throws {
        let reply = LoopbackReply.status(
            404, ["Set-Cookie: a=1", "X-Empty:", "set-cookie: b=2", "X-Long: a\r\n\t b"], [0, 255, 10])
        try await withServer({ _ in .text("HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n") + reply }) {
            server, transport in
            let response = try await transport.send(HTTPRequest(.get, server.url("/x")))
            #expect(response.status == 404)
            #expect(response.body == [0, 255, 10])
            #expect(response.headers.values("SET-COOKIE") == ["a=1", "b=2"])
            #expect(
                response.headers.fields.map(\.name) == [
                    "Content-Length", "Set-Cookie", "X-Empty", "set-cookie", "X-Long",
                ])
            #expect(response.headers["x-empty"] == "")
            #expect(response.headers["x-long"] == "a b")
            #expect(response.effectiveURL == "http://127.0.0.1:\(server.port)/x")
            #expect(response.timings.firstByte <= response.timings.total)
            #expect(response.timings.total > .zero)
        }
    }

    /// A HEAD announces a length and sends none of it: no limit is exceeded.
    @Test func headOfALongBody() async throws {
        try await withServer({ _ in .text("HTTP/1.1 200 X\r\nContent-Length: 9999999999\r\n\r\n") }) {
            server, transport in
            let response = try await transport.send(HTTPRequest(.head, server.url()))
            #expect(response.headers["content-length"] == "9999999999")
            #expect(response.body == [])
        }
    }

    @Test func manyAtOnceShareAFewConnections() async throws {
        let transport = Transport(eventLoops: 2, connectionsPerLoop: 3)
        try await withServer({ .ok($0.target) }, transport: transport) { server, transport in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 1...200 {
                    let url = try server.url("/\(number)")
                    group.addTask {
                        try await transport.send(HTTPRequest(.get, url)).body == Array("/\(number)".utf8)
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
            #expect(Set(server.log.map(\.target)) == Set((1...200).map { "/\($0)" }))
            #expect(server.log.count == 200)
            #expect((1...6).contains(server.connections))
        }
    }

    @Test func oneAfterTheOtherUsesOneConnection() async throws {
        try await withServer({ _ in .ok() }, transport: Transport()) { server, transport in
            for _ in 1...5 { _ = try await transport.send(HTTPRequest(.get, server.url())) }
            #expect(server.log.count == 5)
            #expect(server.connections == 1)
        }
    }

    /// A child that inherited one would keep it open after the transport has closed it.
    @Test func noChildInheritsAConnection() async throws {
        try await withServer({ _ in .ok() }, transport: Transport()) { server, transport in
            _ = try await transport.send(HTTPRequest(.get, server.url()))
            let ours = (3..<4_096).filter { Self.peerPort(of: Int32($0)) == server.port }
            #expect(!ours.isEmpty)
            #expect(ours.allSatisfy { fcntl(Int32($0), F_GETFD) & FD_CLOEXEC != 0 })
        }
    }

    private static func peerPort(of descriptor: Int32) -> Int? {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) }
        }
        return result == 0 && address.sin_family == sa_family_t(AF_INET)
            ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }
}

extension LoopbackReply {
    static func + (first: LoopbackReply, second: LoopbackReply) -> LoopbackReply {
        var both = first
        both.acts += second.acts
        return both
    }
}
