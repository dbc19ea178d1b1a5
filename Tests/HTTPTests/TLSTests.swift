import Glibc
import HTTP
import PipelineKit
import SystemPackage
import Testing

/// Certificates, tried against OpenSSL's own test server.
@Suite(.enabled(if: access(OpenSSLCommand.tool, X_OK) == 0, "there is no openssl command"))
struct TLSTests {
    @Test func certificateThatNobodyTrusts() async throws {
        let error = try await failure { HTTPRequest(.get, $0.url) }
        #expect(error.kind == .certificate)
        #expect(error.retryClass == .failure)
        #expect(error.help?.contains("AWS_CA_BUNDLE") == true)
    }

    @Test func certificateThatTheBundleTrusts() async throws {
        try await withOpenSSLServer { server in
            let transport = Transport(
                eventLoops: 1, connectionsPerLoop: 1, tls: TLSOptions(caBundle: server.certificate))
            let response = try await transport.send(HTTPRequest(.get, server.url))
            #expect(response.status == 200)
            await transport.shutdown()
        }
    }

    @Test func certificateOfAnotherHost() async throws {
        let error = try await failure(trusting: { $0.certificate }) { server in
            let override = ResolveOverride(
                host: "www.example.org", port: 443, address: "127.0.0.1", addressPort: server.url.port)
            return HTTPRequest(.get, try HTTPURL("https://www.example.org/"), resolve: [override])
        }
        #expect(error.kind == .certificate)
        #expect(error.message.hasPrefix("https://www.example.org/: the certificate of www.example.org was refused ("))
    }

    @Test func bundleThatIsNotThere() async throws {
        let error = try await failure(trusting: { _ in "/nonexistent/bundle.pem" }) { HTTPRequest(.get, $0.url) }
        #expect(error.kind == .caBundle)
    }

    @Test func serverWithoutTLS() async throws {
        let server = try LoopbackServer(greeting: "220 tasks.example.org ESMTP\r\n") { _ in .ok() }
        let transport = Transport(eventLoops: 1, connectionsPerLoop: 1)
        let request = try HTTPRequest(.get, HTTPURL("https://127.0.0.1:\(server.port)/"))
        let error = await #expect(throws: TransportError.self) { try await transport.send(request) }
        #expect(error?.kind == .tls)
        #expect(error?.retryClass == .network)
        await transport.shutdown()
        server.stop()
    }

    private func failure(
        trusting bundle: (OpenSSLServer) -> FilePath = { _ in TLSOptions.defaultBundle },
        _ request: (OpenSSLServer) throws -> HTTPRequest
    ) async throws -> TransportError {
        var error: TransportError?
        try await withOpenSSLServer { server in
            let transport = Transport(eventLoops: 1, connectionsPerLoop: 1, tls: TLSOptions(caBundle: bundle(server)))
            let request = try request(server)
            error = await #expect(throws: TransportError.self) { try await transport.send(request) }
            await transport.shutdown()
        }
        return try #require(error)
    }
}
