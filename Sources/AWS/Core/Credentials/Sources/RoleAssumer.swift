internal import FoundationEssentials
internal import PipelineKit

/// Takes roles from STS.
struct RoleAssumer: Sendable {
    private let environment: AWSEnvironment
    private let endpoints: Endpoints

    init(_ environment: AWSEnvironment, _ endpoints: Endpoints) {
        self.environment = environment
        self.endpoints = endpoints
    }

    /// - Parameter region: of the profile that names the role; nil for the usual one.
    func assume(_ role: STS.Role, with base: Credentials, region: String? = nil) async throws -> Credentials {
        environment.note(base)
        return try await described(role) { try await sts(StaticCredentials(base), region).assume(role) }
    }

    func assume(_ role: STS.Role, token: String, region: String? = nil) async throws -> Credentials {
        environment.note(secret: token)
        // An unsigned call needs no credentials.
        let none = StaticCredentials(Credentials(accessKeyID: "", secretAccessKey: ""))
        return try await described(role) { try await sts(none, region).assume(role, token: token) }
    }

    /// The name under which the role's use is recorded, if nothing names another.
    var sessionName: String {
        environment.variable("AWS_ROLE_SESSION_NAME") ?? "runner-\(Int(environment.clock.date.timeIntervalSince1970))"
    }

    private func sts(_ credentials: StaticCredentials, _ region: String?) throws -> STS {
        var endpoints = endpoints
        if let region { try endpoints.setRegion(region) }
        return STS(
            AWSClient(
                http: environment.http, credentials: credentials, endpoints: endpoints,
                clock: environment.clock, random: environment.random, logger: environment.logger))
    }

    private func described(_ role: STS.Role, _ body: () async throws -> Credentials) async throws -> Credentials {
        do {
            return try await body()
        } catch let error as any DescribedError {
            let help =
                (error as? AWSError)?.serviceCode == "AccessDenied"
                ? "let the trust policy of \(role.arn) name this principal, or the token's issuer, audience and subject"
                : error.help
            throw CredentialError(
                .refused, "the role \(role.arn) could not be taken: \(error.message)", help: help,
                retry: error.retryClass)
        }
    }
}
