public import FoundationEssentials
public import HTTP

/// Sends calls to AWS. `AWSClient` is the real one; the unit tests of S3 and CloudFront have their own.
public protocol AWSSender: Sendable {
    /// Returns the response of a 2xx, or of a status that the request counts as an answer.
    ///
    /// - Throws: `AWSError` if the service refused; `TransportError` if there is no reply after the last attempt: the
    ///   call may have taken effect or not; `CredentialError` if nothing can be signed; what `check` throws;
    ///   `CancellationError`.
    func send(_ request: AWSRequest) async throws -> HTTPResponse

    /// Sends many calls at the same time, at a lower cost than as many calls of `send`. The caller decides how many.
    ///
    /// - Returns: for each, in their order, what `send` gives or throws.
    func sendAll(_ requests: [AWSRequest]) async -> [Result<HTTPResponse, any Error>]

    /// A moment of this machine's clock, by the service's, as far as a reply has shown that they differ.
    func date(_ local: Date) -> Date
}

extension AWSSender {
    public func date(_ local: Date) -> Date { local }

    public func sendAll(_ requests: [AWSRequest]) async -> [Result<HTTPResponse, any Error>] {
        await requests.concurrentResults { try await send($0) }
    }
}
