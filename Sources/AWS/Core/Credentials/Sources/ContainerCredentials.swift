internal import HTTP
internal import PipelineKit
internal import TextCoding

/// The role of a container in ECS, EKS, CodeBuild and the like.
struct ContainerCredentials: CredentialSource {
    private let environment: AWSEnvironment

    init(_ environment: AWSEnvironment) {
        self.environment = environment
    }

    func find() async throws -> CredentialFinding {
        let text: String
        if let relative = environment.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            text = "http://169.254.170.2" + (relative.hasPrefix("/") ? relative : "/" + relative)
        } else if let full = environment.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            text = full
        } else {
            return .absent("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set")
        }
        guard let url = try? HTTPURL(text), Self.mayBeAsked(url) else {
            throw CredentialError(
                .unusable, "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of this machine",
                help: "name an https URL, a loopback address, 169.254.170.2 or 169.254.170.23")
        }
        var headers: HTTPHeaders = ["Accept": "application/json"]
        if let token = try await token() {
            environment.note(secret: token)
            headers.add("Authorization", token)
        }
        let request = HTTPRequest(
            .get, url, headers: headers, timeouts: HTTPRequest.Timeouts(connect: .seconds(2), total: .seconds(5)),
            maximumBodyBytes: 64 << 10, usesProxy: false)
        let response = try await MetadataRequest(environment).send(request, from: "the container's credential service")
        guard let credentials = CredentialDocument(response.body)?.credentials else {
            throw CredentialError(.refused, "the container's credential service answered without credentials")
        }
        return .found(credentials)
    }

    /// Without TLS, only requests that do not leave the machine: the request carries a token, and the answer the keys.
    static func mayBeAsked(_ url: HTTPURL) -> Bool {
        if url.scheme == .https { return true }
        let host = url.host
        if ["localhost", "169.254.170.2", "169.254.170.23", "[::1]", "[fd00:ec2::23]"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in
                part.count <= 3 && part.utf8.allSatisfy(\.isASCIIDigit) && UInt8(part) != nil
            }
    }

    private func token() async throws -> String? {
        guard let file = environment.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") else {
            return environment.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        }
        return try await WebIdentityCredentials.readToken(file, environment)
    }
}
