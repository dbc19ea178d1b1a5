internal import FoundationEssentials
internal import HTTP
internal import PipelineKit
internal import TextCoding

/// The Security Token Service: it tells whose credentials are in use, and issues credentials for roles.
public struct STS: Sendable {
    private let sender: any AWSSender

    public init(_ sender: any AWSSender) {
        self.sender = sender
    }

    /// The account and principal behind the credentials in use.
    public func callerIdentity() async throws -> CallerIdentity {
        let result = try await call("GetCallerIdentity", [])
        return CallerIdentity(
            account: try result.required("Account"), arn: try result.required("Arn"),
            userID: try result.required("UserId"))
    }

    /// The parameters of a role, besides its name.
    struct Role: Hashable {
        var arn: String
        var sessionName: String
        var externalID: String?
        /// The role's duration, between 900 and 43,200; nil leaves it to the service: 3,600.
        var seconds: Int?
    }

    /// Takes a role. The call is signed with credentials that may do so.
    func assume(_ role: Role) async throws -> Credentials {
        let externalID = role.externalID.map { [("ExternalId", $0)] } ?? []
        return try Self.credentials(try await call("AssumeRole", role.parameters + externalID))
    }

    /// Takes a role with a token. The call is not signed: the token is the proof.
    func assume(_ role: Role, token: String) async throws -> Credentials {
        let parameters = role.parameters + [("WebIdentityToken", token)]
        return try Self.credentials(try await call("AssumeRoleWithWebIdentity", parameters, isSigned: false))
    }

    private func call(_ operation: String, _ parameters: [(String, String)], isSigned: Bool = true) async throws
        -> XMLElement
    {
        let form = ([("Action", operation), ("Version", "2011-06-15")] + parameters)
            .map { "\($0)=\(PercentEncoding.component.encode($1))" }.joined(separator: "&")
        let request = AWSRequest(
            .sts, operation, .post,
            headers: ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"],
            body: .bytes(Array(form.utf8)),
            isSigned: isSigned, timeouts: HTTPRequest.Timeouts(connect: .seconds(5), total: .seconds(20)),
            maximumBodyBytes: 1 << 20)
        let root = try XMLTree(try await sender.send(request).body).root
        guard let result = root["\(operation)Result"] else { throw root.missing("\(operation)Result") }
        return result
    }

    private static func credentials(_ result: XMLElement) throws -> Credentials {
        guard let element = result["Credentials"] else { throw result.missing("Credentials") }
        let expiration = try element.required("Expiration")
        return Credentials(
            accessKeyID: try element.required("AccessKeyId"), secretAccessKey: try element.required("SecretAccessKey"),
            sessionToken: try element.required("SessionToken"), expiration: try? Date(expiration, strategy: .iso8601))
    }
}

public struct CallerIdentity: Hashable, Sendable {
    /// 12 digits.
    public var account: String
    public var arn: String
    public var userID: String
}

extension STS.Role {
    fileprivate var parameters: [(String, String)] {
        [("RoleArn", arn), ("RoleSessionName", sessionName)] + (seconds.map { [("DurationSeconds", "\($0)")] } ?? [])
    }
}
