public import PipelineKit

/// Sends requests for a step. `Transport` is the real one; a unit test has one of its own.
public protocol HTTPClient: Sendable {
    /// - Throws: `TransportError` where there is no response; `CancellationError`. A status is no error.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse

    /// Sends many requests at the same time, for less than as many calls of `send` cost.
    ///
    /// - Returns: for each, in their order, what `send` gives or throws.
    func sendAll(_ requests: [HTTPRequest]) async -> [Result<HTTPResponse, any Error>]
}

extension HTTPClient {
    public func sendAll(_ requests: [HTTPRequest]) async -> [Result<HTTPResponse, any Error>] {
        await requests.concurrentResults { try await send($0) }
    }
}

extension Transport: HTTPClient {}

/// The context's HTTP client.
public enum HTTPKey: ContextKey {
    public static var defaultValue: any HTTPClient { NoHTTPClient() }
}

/// Stands where an executable has put no client into the context.
struct NoHTTPClient: HTTPClient {
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        throw StepError(
            "no-http-client", "this runner was built without an HTTP client",
            help: "put a `Transport` into the context under `HTTPKey`")
    }
}
