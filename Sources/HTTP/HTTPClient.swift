public import PipelineKit

/// Sends requests for a step. `Transport` is the real one; unit tests have their own.
public protocol HTTPClient: Sendable {
    /// - Throws: `TransportError` if there is no response; `CancellationError`. A status is not an error.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse

    /// Sends many requests at the same time, at a lower cost than as many calls of `send`.
    ///
    /// - Returns: for each, in their order, what `send` gives or throws.
    func sendAll(_ requests: [HTTPRequest]) async -> [Result<HTTPResponse, any Error>]
}

extension HTTPClient {
    public func sendAll(_ requests: [HTTPRequest]) async -> [Result<HTTPResponse, any Error>] {
        await requests.concurrentResults { try await send($0) }
    }
}

extension HTTPClient {
    /// Sends a request and undoes the body's content encoding. If the encoding is unknown, a second request gets the
    /// body as it was sent: browsers show it so, too.
    ///
    /// - Throws: what `send` throws, except `TransportError.Kind.encoding`.
    public func sendDecoded(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        request.decompresses = true
        do {
            return try await send(request)
        } catch let error as TransportError where error.kind == .encoding {
            return try await send(request.takenAsSent)
        }
    }
}

extension HTTPRequest {
    /// The same request for the same form of the page, with the body as it was sent.
    public var takenAsSent: HTTPRequest {
        var request = self
        request.decompresses = false
        if headers["accept-encoding"] == nil { request.headers.add("accept-encoding", Self.browserEncodings) }
        return request
    }

    /// The encodings that browsers ask for, as far as libcurl asks for them.
    public static let browserEncodings = "gzip, deflate, br"
}

/// A client that has something to close.
public protocol ClosableClient: HTTPClient {
    /// Ends the requests that are under way.
    func shutdown() async
}

extension Transport: ClosableClient {}

/// The context's HTTP client.
public enum HTTPKey: ContextKey {
    public static var defaultValue: any HTTPClient { NoHTTPClient() }
}

/// The client of a context into which an executable has put none.
struct NoHTTPClient: HTTPClient {
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        throw StepError(
            "no-http-client", "this runner was built without an HTTP client",
            help: "put a `Transport` into the context under `HTTPKey`")
    }
}
