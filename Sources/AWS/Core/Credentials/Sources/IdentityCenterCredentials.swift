internal import Digest
internal import FoundationEssentials
internal import HTTP
internal import PipelineKit
internal import TextCoding

/// The role of a person who has signed in to IAM Identity Center by `aws sso login`: the token that this has left is
/// exchanged for credentials.
struct IdentityCenterCredentials: Sendable {
    private let environment: AWSEnvironment
    private let endpoints: Endpoints
    /// The profile's.
    private let name: String
    private let account: String
    private let role: String
    private let region: String
    /// The session's name, or the address where the person signs in: what the token is cached under.
    private let cacheName: String

    /// Nil if the profile does not sign in so.
    ///
    /// - Throws: `CredentialError` if it lacks something.
    init?(
        _ environment: AWSEnvironment, _ endpoints: Endpoints, _ profiles: SharedProfiles, _ profile: [String: String],
        name: String
    ) throws {
        guard profile["sso_session"] != nil || profile["sso_start_url"] != nil else { return nil }
        (self.environment, self.endpoints, self.name) = (environment, endpoints, name)
        var source = profile
        if let session = profile["sso_session"] {
            guard let found = profiles.session(session) else {
                throw CredentialError(
                    .unusable, "the AWS profile '\(name)' names the sso-session '\(session)', which is not there",
                    help: "make it with `aws configure sso-session`")
            }
            source.merge(found) { $1 }
        }
        func required(_ key: String) throws -> String {
            if let value = source[key], !value.isEmpty { return value }
            throw CredentialError(
                .unusable, "the AWS profile '\(name)' signs in by IAM Identity Center and has no \(key)",
                help: "complete it with `aws configure sso --profile \(ShellWord.quoted(name))`")
        }
        (account, role) = (try required("sso_account_id"), try required("sso_role_name"))
        region = try required("sso_region")
        cacheName = try profile["sso_session"] ?? required("sso_start_url")
        guard Region.isValid(region) else {
            throw CredentialError(
                .unusable, "sso_region of the AWS profile '\(name)' is not a region: \(region.debugDescription)",
                help: "write it such as eu-central-1")
        }
    }

    private struct Token: Decodable {
        var accessToken: String
        var expiresAt: String

        /// Earlier tools have written `UTC` for `Z`.
        var expiration: Date? {
            let text = expiresAt.hasSuffix("UTC") ? expiresAt.dropLast(3) + "Z" : expiresAt[...]
            return try? Date(String(text), strategy: .iso8601)
        }
    }

    private struct Reply: Decodable {
        struct Credentials: Decodable {
            var accessKeyId: String
            var secretAccessKey: String
            var sessionToken: String
            /// Milliseconds since 1970.
            var expiration: Double
        }
        var roleCredentials: Credentials
    }

    func credentials() async throws -> Credentials {
        let token = try await token()
        let query = [("account_id", account), ("role_name", role)]
            .map { "\($0)=\(PercentEncoding.component.encode($1))" }.joined(separator: "&")
        let url = try endpoints.endpoint(of: .sso, region: region, bucket: nil)
        let request = HTTPRequest(
            .get, try url.base.with(target: url.prefix + "/federation/credentials?" + query),
            headers: ["x-amz-sso_bearer_token": token, "Accept": "application/json"],
            timeouts: HTTPRequest.Timeouts(connect: .seconds(5), total: .seconds(20)), maximumBodyBytes: 64 << 10)
        let response = try await MetadataRequest(environment).send(
            request, from: "IAM Identity Center", refusals: refusal)
        guard let found = try? JSONDecoder().decode(Reply.self, from: Data(response.body)).roleCredentials else {
            throw CredentialError(.refused, "IAM Identity Center answered without credentials")
        }
        return Credentials(
            accessKeyID: found.accessKeyId, secretAccessKey: found.secretAccessKey, sessionToken: found.sessionToken,
            expiration: Date(timeIntervalSince1970: found.expiration / 1_000))
    }

    private func refusal(_ status: Int) -> CredentialError? {
        switch status {
        case 401: signIn("its sign-in is not valid any more")
        case 403, 404:
            CredentialError(
                .refused,
                "IAM Identity Center gives the AWS profile '\(name)' no credentials: the person who has signed in may not "
                    + "take the role \(role) of the account \(account) (status \(status))",
                help: "correct sso_account_id and sso_role_name, or let somebody assign the role")
        default: nil
        }
    }

    /// What the last sign-in has left.
    private func token() async throws -> String {
        guard let digest = SHA1.hash(cacheName.utf8) else {
            throw CredentialError(
                .unusable, "the sign-in of the AWS profile '\(name)' is not found: OpenSSL has no SHA-1 here",
                help: exportAdvice)
        }
        let path = environment.path("~/.aws/sso/cache/\(Hexadecimal.encode(digest)).json")
        let bytes: [UInt8]?
        do {
            bytes = try await environment.readFile(path)
        } catch let error as FileError {
            throw CredentialError(.unusable, error.message, help: error.help)
        }
        guard let bytes, let token = try? JSONDecoder().decode(Token.self, from: Data(bytes)),
            !token.accessToken.isEmpty, let expiration = token.expiration
        else { throw signIn("nobody has signed in on this machine") }
        environment.note(secret: token.accessToken)
        guard expiration > environment.clock.date else { throw signIn("its sign-in has expired") }
        return token.accessToken
    }

    private func signIn(_ reason: String) -> CredentialError {
        CredentialError(
            .unusable, "the AWS profile '\(name)' signs in by IAM Identity Center, and \(reason)",
            help: "sign in with `aws sso login --profile \(ShellWord.quoted(name))`, and run this again")
    }

    private var exportAdvice: String { ProfileCredentials.exportAdvice(name) }
}
