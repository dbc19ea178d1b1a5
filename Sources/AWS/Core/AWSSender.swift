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
        await withTaskGroup(of: (Int, Result<HTTPResponse, any Error>).self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask { (index, await result { try await send(request) }) }
            }
            var results: [(Int, Result<HTTPResponse, any Error>)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    func result(
        of body: () async throws -> HTTPResponse
    ) async -> Result<HTTPResponse, any Error> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
