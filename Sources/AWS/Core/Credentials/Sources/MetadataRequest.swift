internal import HTTP
internal import PipelineKit

/// Asks a service that gives credentials or tokens: up to 3 times, since such services are local and answer at once or soon.
struct MetadataRequest: Sendable {
    private let environment: AWSEnvironment
    private let attempts: Int

    init(_ environment: AWSEnvironment, attempts: Int = 3) {
        self.environment = environment
        self.attempts = attempts
    }

    /// Gives the response of a 200. What the service says otherwise is not repeated: it may hold anything.
    func send(_ request: HTTPRequest, from name: String) async throws -> HTTPResponse {
        var attempt = 1
        while true {
            let failure: CredentialError
            do {
                let response = try await environment.http.send(request)
                if response.status == 200 { return response }
                let isTransient = response.status == 429 || response.status >= 500
                failure = CredentialError(
                    .refused, "\(name) refused with status \(response.status)", retry: isTransient ? .network : .failure
                )
            } catch let error as TransportError {
                failure = CredentialError(
                    .refused, "\(name) gave no answer: \(error.message)", help: error.help, retry: error.retryClass)
            }
            guard failure.retryClass != .failure, attempt < attempts else { throw failure }
            try await environment.clock.sleep(
                for: RetryDelay.before(retry: attempt, .throttled, random: environment.random))
            attempt += 1
        }
    }
}
