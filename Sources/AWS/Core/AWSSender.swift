public import HTTP

/// Sends calls to AWS. `AWSClient` is the real one; the unit tests of S3 and CloudFront have one of their own.
public protocol AWSSender: Sendable {
    /// Gives the response of a 2xx, or of a status that the request counts as an answer.
    ///
    /// - Throws: `AWSError` where the service refused; `TransportError` where there is no reply after the last attempt, and the
    ///   call may have taken effect or not; `CredentialError` where nothing can be signed; what `check` throws;
    ///   `CancellationError`.
    func send(_ request: AWSRequest) async throws -> HTTPResponse

    /// Sends many calls at the same time, for less than as many calls of `send` cost: how many that may be is for the
    /// caller to say.
    ///
    /// - Returns: for each, in their order, what `send` gives or throws.
    func sendAll(_ requests: [AWSRequest]) async -> [Result<HTTPResponse, any Error>]
}

extension AWSSender {
    public func sendAll(_ requests: [AWSRequest]) async -> [Result<HTTPResponse, any Error>] {
        await requests.concurrentResults { try await send($0) }
    }
}
