import FoundationEssentials
import HTTP
import Logging
import PipelineKit
import Synchronization
import TestSupport

@testable import AWS

/// A client whose world is a script, with what the tests look at.
struct TestClient {
    let http: ScriptedHTTP
    let clock = TestClock()
    let quota: RetryQuota
    let client: AWSClient

    init(
        _ script: [ScriptedHTTP.Answer], credentials: any CredentialProvider = StaticCredentials(.test),
        endpoints: [AWSService: String] = [:], region: String = "eu-central-1", quota: RetryQuota = RetryQuota(),
        random: Double = 0.5,
        progress: Progress = .silent
    ) throws {
        http = ScriptedHTTP(script)
        self.quota = quota
        client = AWSClient(
            http: http, credentials: credentials,
            endpoints: try Endpoints(region: region, custom: endpoints.mapValues { try HTTPURL($0) }),
            clock: clock,
            random: RandomSource { random }, logger: .silent, progress: progress, quota: quota)
    }

    /// A call that every failure may meet.
    func put(_ change: (inout AWSRequest) -> Void = { _ in }) async throws -> HTTPResponse {
        var request = AWSRequest(.s3, "PutObject", .put, bucket: "site", path: "a/b.html", body: .bytes([1, 2, 3]))
        change(&request)
        return try await client.send(request)
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

extension Credentials {
    static let test = Credentials(accessKeyID: "AKID", secretAccessKey: "s3cr3t")

    static func temporary(_ id: String, expiresIn seconds: Double? = nil, from clock: TestClock? = nil) -> Credentials {
        Credentials(
            accessKeyID: id, secretAccessKey: "s3cr3t-\(id)", sessionToken: "t0k3n-\(id)",
            expiration: seconds.flatMap { clock?.date.addingTimeInterval($0) })
    }
}

extension HTTPRequest {
    /// The key's id and the scope that the request was signed with: `AKID/20260101/eu-central-1/s3`.
    var scope: String? {
        headers["Authorization"].flatMap { value in
            value.firstMatch(of: /Credential=(.*)\/aws4_request/).map { String($0.1) }
        }
    }
}
