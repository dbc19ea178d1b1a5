internal import PipelineKit

/// A role that is taken with a token that a CI job was given, in a file or a variable.
struct WebIdentityCredentials: CredentialSource {
    /// The first is for GitLab's `id_tokens` and the like, which put a token into a variable of any name; the others
    /// are CircleCI's own.
    static let tokenVariables = ["AWS_WEB_IDENTITY_TOKEN", "CIRCLE_OIDC_TOKEN_V2", "CIRCLE_OIDC_TOKEN"]

    private let environment: AWSEnvironment
    private let roles: RoleAssumer

    init(_ environment: AWSEnvironment, _ roles: RoleAssumer) {
        self.environment = environment
        self.roles = roles
    }

    func find() async throws -> CredentialFinding {
        guard let arn = environment.variable("AWS_ROLE_ARN") else { return .absent("AWS_ROLE_ARN is not set") }
        let token: String
        if let file = environment.variable("AWS_WEB_IDENTITY_TOKEN_FILE") {
            token = try await Self.readToken(file, environment)
        } else if let value = Self.tokenVariables.lazy.compactMap(environment.variable).first {
            token = value
        } else {
            return .absent("AWS_WEB_IDENTITY_TOKEN_FILE and AWS_WEB_IDENTITY_TOKEN are not set")
        }
        return .found(try await roles.assume(STS.Role(arn: arn, sessionName: roles.sessionName), token: token))
    }

    /// The file is read again each time: whoever writes it replaces the token before it expires.
    static func readToken(_ file: String, _ environment: AWSEnvironment) async throws -> String {
        let path = environment.path(file)
        let bytes: [UInt8]?
        do {
            bytes = try await environment.readFile(path)
        } catch let error as FileError {
            throw CredentialError(.unusable, error.message, help: error.help)
        }
        guard let bytes else {
            throw CredentialError(
                .unusable, "the web identity token file does not exist: \(path)",
                help: "let the job write its token there, or correct AWS_WEB_IDENTITY_TOKEN_FILE")
        }
        let token = Substring(String(decoding: bytes, as: UTF8.self)).split(whereSeparator: \.isWhitespace)
        guard token.count == 1 else {
            throw CredentialError(.unusable, "the web identity token file is empty: \(path)")
        }
        return String(token[0])
    }
}
