public import PipelineKit

/// Sends requests for a step. `Transport` is the real one; a unit test has one of its own.
public protocol HTTPClient: Sendable {
    /// - Throws: `TransportError` where there is no response; `CancellationError`. A status is no error.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse
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
