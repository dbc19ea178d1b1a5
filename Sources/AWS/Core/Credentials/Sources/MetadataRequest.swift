internal import HTTP
internal import PipelineKit

/// Asks a service that issues credentials or tokens. It tries up to 3 times: such services are local and answer at once
/// or soon.
struct MetadataRequest: Sendable {
    private let environment: AWSEnvironment
    private let attempts: Int

    init(_ environment: AWSEnvironment, attempts: Int = 3) {
        self.environment = environment
        self.attempts = attempts
    }

    /// Returns the response of a 200. Errors do not repeat what the service says otherwise: it may contain anything.
    ///
    /// - Parameter refusals: what a status means that no other attempt changes; nil if nothing special.
    func send(
        _ request: HTTPRequest, from name: String, refusals: (Int) -> CredentialError? = { _ in nil }
    ) async throws -> HTTPResponse {
        var attempt = 1
        while true {
            let failure: CredentialError
            do {
                let response = try await environment.http.send(request)
                if response.status == 200 { return response }
                if let known = refusals(response.status) { throw known }
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
