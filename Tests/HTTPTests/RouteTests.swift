import HTTP
import PipelineKit
import Testing

/// Where a request goes: redirects, addresses instead of names, proxies.
@Suite struct RouteTests {
    static let hop: LoopbackServer.Script = { $0.target == "/old?a=1" ? .redirect(to: "/new?b=2") : .ok("there") }

    @Test func redirectIsTheResponse() async throws {
        try await withServer(Self.hop) { server, transport in
            let response = try await transport.send(HTTPRequest(.get, server.url("/old?a=1")))
            #expect(response.status == 302)
            #expect(response.headers["Location"] == "/new?b=2")
        }
    }

    @Test func redirectIsFollowed() async throws {
        try await withServer(Self.hop) { server, transport in
            let request = try HTTPRequest(.get, server.url("/old?a=1"), maximumRedirects: 1)
            let response = try await transport.send(request)
            #expect(response.status == 200)
            #expect(response.body == Array("there".utf8))
            #expect(response.headers["Location"] == nil)
            #expect(response.effectiveURL == "http://127.0.0.1:\(server.port)/new?b=2")
            #expect(server.log.map(\.requestLine) == ["GET /old?a=1 HTTP/1.1", "GET /new?b=2 HTTP/1.1"])
        }
    }

    /// A header can be a secret: a token in front of a preview. Only the server that it is for gets it.
    @Test func anotherHostGetsNoHeadersOfTheRequest() async throws {
        try await withServer({ _ in .ok("elsewhere") }) { other, _ in
            try await withServer({ request in
                switch request.target {
                case "/here": .redirect(to: "/there?a=b c")
                case "/away": .redirect(to: "http://127.0.0.1:\(other.port)/x")
                default: .status(302, ["Location: /away"], Array("a page about it".utf8))
                }
            }) { server, transport in
                var request = try HTTPRequest(
                    .get, server.url("/here"), headers: ["X-Token": "secret", "Accept": "text/html"],
                    maximumBodyBytes: 9, maximumRedirects: 3)
                let alone = try await transport.send(request)
                let together = await transport.sendAll([request])
                for response in [alone, try together[0].get()] {
                    #expect(response.status == 200 && response.body == Array("elsewhere".utf8))
                    #expect(response.effectiveURL == "http://127.0.0.1:\(other.port)/x")
                }
                #expect(
                    server.log.prefix(3).map(\.requestLine) == [
                        "GET /here HTTP/1.1", "GET /there?a=b+c HTTP/1.1", "GET /away HTTP/1.1",
                    ])
                #expect(Set(server.log.map { $0.header("X-Token") }) == ["secret"])
                #expect(other.log.map { $0.header("X-Token") } == [nil, nil])
                #expect(other.log.map { $0.header("Accept") } == ["text/html", "text/html"])
                request.maximumRedirects = 2
                let tooMany = request
                let error = await #expect(throws: TransportError.self) { try await transport.send(tooMany) }
                #expect(error?.kind == .redirects)
                #expect(other.log.count == 2)
            }
        }
    }

    @Test func redirectOfAPostIsTheResponse() async throws {
        try await withServer(Self.hop) { server, transport in
            let request = try HTTPRequest(.post, server.url("/old?a=1"), body: .bytes([1]), maximumRedirects: 1)
            let response = try await transport.send(request)
            #expect(response.status == 302)
            #expect(server.log.count == 1)
        }
    }

    @Test func addressInsteadOfAName() async throws {
        try await withServer({ _ in .ok() }) { server, transport in
            let override = ResolveOverride(
                host: "www.example.org", port: 80, address: "127.0.0.1", addressPort: server.port)
            let request = try HTTPRequest(.get, HTTPURL("http://www.example.org/x"), resolve: [override])
            let response = try await transport.send(request)
            #expect(response.status == 200)
            #expect(server.log.map { $0.header("Host") } == ["www.example.org"])
        }
    }

    /// An override does not apply to a later request without it.
    @Test func overrideIsForgotten() async throws {
        let other = try LoopbackServer { _ in .ok("other") }
        try await withServer({ _ in .ok("own") }) { server, transport in
            let override = ResolveOverride(
                host: "127.0.0.1", port: server.port, address: "127.0.0.1", addressPort: other.port)
            let first = try await transport.send(HTTPRequest(.get, server.url(), resolve: [override]))
            let second = try await transport.send(HTTPRequest(.get, server.url()))
            #expect([first.body, second.body] == [Array("other".utf8), Array("own".utf8)])
        }
        other.stop()
    }

    @Test func plainRequestThroughAProxy() async throws {
        let proxy = try LoopbackServer { _ in .ok("proxy") }
        let transport = Transport(eventLoops: 1, connectionsPerLoop: 1, proxy: Self.options(proxy))
        let response = try await transport.send(HTTPRequest(.get, HTTPURL("http://www.example.org/a/../b?c=%20")))
        #expect(response.body == Array("proxy".utf8))
        #expect(proxy.log.map(\.requestLine) == ["GET http://www.example.org/a/../b?c=%20 HTTP/1.1"])
        await transport.shutdown()
        proxy.stop()
    }

    @Test func proxyIsBypassed() async throws {
        let proxy = try LoopbackServer { _ in .ok("proxy") }
        let options = Self.options(proxy, ["no_proxy": "example.org,127.0.0.1"])
        let transport = Transport(eventLoops: 1, connectionsPerLoop: 1, proxy: options)
        try await withServer({ _ in .ok("direct") }, transport: transport) { server, transport in
            let response = try await transport.send(HTTPRequest(.get, server.url()))
            #expect(response.body == Array("direct".utf8))
        }
        #expect(proxy.log.isEmpty)
        proxy.stop()
    }

    @Test func requestKeepsAwayFromTheProxy() async throws {
        let proxy = try LoopbackServer { _ in .ok("proxy") }
        let transport = Transport(eventLoops: 1, connectionsPerLoop: 1, proxy: Self.options(proxy))
        try await withServer({ _ in .ok("direct") }, transport: transport) { server, transport in
            let response = try await transport.send(HTTPRequest(.get, server.url("/a"), usesProxy: false))
            #expect(response.body == Array("direct".utf8))
            #expect(server.log.map(\.requestLine) == ["GET /a HTTP/1.1"])
        }
        #expect(proxy.log.isEmpty)
        proxy.stop()
    }

    @Test func proxyRefusesATunnel() async throws {
        let proxy = try LoopbackServer { _ in .status(403) }
        let transport = Transport(eventLoops: 1, connectionsPerLoop: 1, proxy: Self.options(proxy))
        let request = try HTTPRequest(.get, HTTPURL("https://www.example.org/"))
        let error = await #expect(throws: TransportError.self) { try await transport.send(request) }
        #expect(error?.kind == .connect)
        #expect(error?.detail == "the proxy refused a tunnel to www.example.org with 403")
        #expect(proxy.log.map(\.requestLine) == ["CONNECT www.example.org:443 HTTP/1.1"])
        #expect(proxy.log.map { $0.header("User-Agent") } == ["runner/\(RunnerVersion.text)"])
        await transport.shutdown()
        proxy.stop()
    }

    private static func options(_ proxy: LoopbackServer, _ more: [String: String] = [:]) -> ProxyOptions {
        let url = "http://127.0.0.1:\(proxy.port)"
        return ProxyOptions(environment: ["http_proxy": url, "HTTPS_PROXY": url].merging(more) { $1 })
    }
}
