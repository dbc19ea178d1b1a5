internal import FoundationEssentials

/// Credentials as JSON, from a container, an instance, or a `credential_process`.
struct CredentialDocument: Decodable {
    var version: Int?
    var accessKeyID: String?
    var secretAccessKey: String?
    var token: String?
    var sessionToken: String?
    var expiration: String?

    private enum CodingKeys: String, CodingKey {
        case version = "Version"
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        case token = "Token"
        case sessionToken = "SessionToken"
        case expiration = "Expiration"
    }

    /// Nil if it is not JSON or not of this shape; the decoder's own error would repeat the content.
    init?(_ bytes: [UInt8]) {
        guard let read = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
        self = read
    }

    /// Nil if a key is missing or the time is invalid.
    var credentials: Credentials? {
        guard let accessKeyID, let secretAccessKey, !accessKeyID.isEmpty, !secretAccessKey.isEmpty else { return nil }
        var date: Date?
        if let expiration {
            guard let read = try? Date(expiration, strategy: .iso8601) else { return nil }
            date = read
        }
        return Credentials(
            accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: token ?? sessionToken,
            expiration: date)
    }
}
