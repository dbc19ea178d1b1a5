import HTTP

/// Gives a server and a transport, and ends both: what libcurl does on a wire cannot be tried without one.
func withServer(
    _ script: @escaping LoopbackServer.Script, transport: Transport = Transport(eventLoops: 1, connectionsPerLoop: 4),
    _ body: (LoopbackServer, Transport) async throws -> Void
) async throws {
    let server = try LoopbackServer(script)
    do {
        try await body(server, transport)
    } catch {
        await transport.shutdown()
        server.stop()
        throw error
    }
    await transport.shutdown()
    server.stop()
}

extension LoopbackServer {
    func url(_ target: String = "/") throws -> HTTPURL {
        try HTTPURL("http://127.0.0.1:\(port)\(target)")
    }
}
