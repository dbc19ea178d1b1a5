internal import HTTP
internal import PipelineKit
internal import TextCoding

/// The role of an EC2 instance, from its metadata service. Only version 2 is used: its token prevents forged requests.
struct InstanceCredentials: CredentialSource {
    private let environment: AWSEnvironment

    init(_ environment: AWSEnvironment) {
        self.environment = environment
    }

    func find() async throws -> CredentialFinding {
        if environment.variable("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true" {
            return .absent("AWS_EC2_METADATA_DISABLED is true")
        }
        guard let base = try? HTTPURL(endpoint) else {
            throw CredentialError(.unusable, "AWS_EC2_METADATA_SERVICE_ENDPOINT is not a URL")
        }
        let token: String
        do {
            token = try await ask(
                base, .put, "/latest/api/token", ["x-aws-ec2-metadata-token-ttl-seconds": "21600"], attempts: 1)
        } catch let error as CredentialError where error.kind == .refused {
            return .absent("no EC2 metadata service answered within 1 second")
        }
        environment.note(secret: token)
        let headers: HTTPHeaders = ["x-aws-ec2-metadata-token": token]
        let folder = "/latest/meta-data/iam/security-credentials/"
        let role: String
        do {
            // One role per line; an instance has at most one.
            role =
                try await ask(base, .get, folder, headers).split(whereSeparator: \.isNewline).first.map(String.init)
                ?? ""
        } catch let error as CredentialError where error.kind == .refused && error.retryClass == .failure {
            return .absent("this EC2 instance has no role")
        }
        let reply = try await ask(base, .get, folder + PercentEncoding.component.encode(role), headers)
        guard let credentials = CredentialDocument(Array(reply.utf8))?.credentials else {
            throw CredentialError(
                .refused, "the EC2 metadata service answered without credentials",
                help: "check that EC2 may take the role of the instance profile")
        }
        return .found(credentials)
    }

    private var endpoint: String {
        if let text = environment.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") { return text }
        let isIPv6 = environment.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?.lowercased() == "ipv6"
        return isIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
    }

    private func ask(
        _ base: HTTPURL, _ method: HTTPMethod, _ path: String, _ headers: HTTPHeaders, attempts: Int = 3
    ) async throws -> String {
        guard let url = try? base.with(target: path) else {
            throw CredentialError(.unusable, "AWS_EC2_METADATA_SERVICE_ENDPOINT is not a URL")
        }
        let request = HTTPRequest(
            method, url, headers: headers, timeouts: HTTPRequest.Timeouts(connect: .seconds(1), total: .seconds(1)),
            maximumBodyBytes: 64 << 10, usesProxy: false)
        let response = try await MetadataRequest(environment, attempts: attempts).send(
            request, from: "the EC2 metadata service")
        return String(decoding: response.body, as: UTF8.self)
    }
}
