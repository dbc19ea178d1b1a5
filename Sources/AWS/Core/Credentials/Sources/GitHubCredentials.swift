internal import FoundationEssentials
internal import HTTP
internal import PipelineKit

/// A role that is taken with the token that GitHub gives a job with the permission `id-token: write`.
struct GitHubCredentials: CredentialSource {
    private let environment: AWSEnvironment
    private let roles: RoleAssumer

    init(_ environment: AWSEnvironment, _ roles: RoleAssumer) {
        self.environment = environment
        self.roles = roles
    }

    private struct Reply: Decodable {
        var value: String
    }

    func find() async throws -> CredentialFinding {
        guard let arn = environment.variable("AWS_ROLE_ARN") else {
            return .absent("no role is named for GitHub's token")
        }
        guard let url = environment.variable("ACTIONS_ID_TOKEN_REQUEST_URL"),
            let bearer = environment.variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
        else {
            guard environment.variable("GITHUB_ACTIONS") == "true" else {
                return .absent("this is not a GitHub Actions job")
            }
            throw CredentialError(
                .unusable, "AWS_ROLE_ARN is set, but this GitHub job may not ask for an OIDC token",
                help: "give the job the permission: permissions: {id-token: write, contents: read}")
        }
        let token = try await token(url, bearer)
        return .found(try await roles.assume(STS.Role(arn: arn, sessionName: roles.sessionName), token: token))
    }

    private func token(_ text: String, _ bearer: String) async throws -> String {
        environment.note(secret: bearer)
        let separator = text.contains("?") ? "&" : "?"
        let url: HTTPURL
        do {
            url = try HTTPURL("\(text)\(separator)audience=sts.amazonaws.com")
        } catch {
            throw CredentialError(.unusable, "ACTIONS_ID_TOKEN_REQUEST_URL is not a URL")
        }
        let request = HTTPRequest(
            .get, url, headers: ["Authorization": "bearer \(bearer)", "Accept": "application/json"],
            timeouts: HTTPRequest.Timeouts(connect: .seconds(5), total: .seconds(10)), maximumBodyBytes: 256 << 10)
        let response = try await MetadataRequest(environment).send(request, from: "GitHub's OIDC service")
        guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(response.body)), !reply.value.isEmpty else {
            throw CredentialError(.refused, "GitHub's OIDC service answered without a token")
        }
        return reply.value
    }
}
