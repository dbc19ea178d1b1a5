import FoundationEssentials
@testable import HTTP
import PipelineKit
import SystemPackage
import TestSupport
import Testing

@testable import AWS

/// Credentials of containers and instances.
@Suite struct MetadataCredentialTests {
    static let json = Reply.ok(
        #"{"AccessKeyId": "BOX", "SecretAccessKey": "s3cr3t", "Token": "t0k3n", "Expiration": "2026-01-01T06:00:00Z"}"#)

    @Test func asksTheContainersService() async throws {
        let world = TestWorld(
            [
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials?id=1",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "4uth",
            ],
            [Reply.status(503), Reply.broken(.timeout), Self.json])
        let credentials = try await world.find()
        #expect(credentials?.accessKeyID == "BOX" && credentials?.sessionToken == "t0k3n")
        #expect(try credentials?.expiration == Date("2026-01-01T06:00:00Z", strategy: .iso8601))
        let request = try #require(world.http.requests.last)
        #expect(request.url.description == "http://169.254.170.2/v2/credentials?id=1")
        #expect(request.headers["Authorization"] == "4uth")
        #expect(!request.usesProxy)
        #expect(world.http.requests.count == 3)
    }

    @Test func readsTheContainersTokenFromAFile() async throws {
        let world = TestWorld(
            [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/run/token", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "other",
            ], files: ["/run/token": "4uth\n"], [Self.json])
        #expect(try await world.find()?.accessKeyID == "BOX")
        #expect(world.http.requests.first?.headers["Authorization"] == "4uth")
    }

    @Test(arguments: [
        ("https://example.org/c", true), ("http://127.0.0.1:8080/c", true), ("http://127.1.2.3/c", true),
        ("http://localhost/c", true), ("http://[::1]/c", true), ("http://169.254.170.2/c", true),
        ("http://[fd00:ec2::23]/c", true), ("http://example.org/c", false), ("http://127.0.0.1.example.org/c", false),
        ("http://169.254.169.254/c", false), ("http://10.0.0.1/c", false), ("http://localhost.example.org/c", false),
        ("http://127.0.0.256/c", false), ("ftp://localhost/c", false),
    ]) func asksNoOtherMachineWithoutTLS(url: String, isAsked: Bool) async throws {
        let world = TestWorld(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url], [Self.json])
        if isAsked {
            #expect(try await world.find()?.accessKeyID == "BOX")
        } else {
            #expect(await world.failure()?.kind == .unusable)
            #expect(world.http.requests.isEmpty)
        }
    }

    @Test(arguments: ["", "{}", #"{"AccessKeyId": "BOX"}"#, #"{"message": "s3cr3t"}"#])
    func refusesAnAnswerWithoutCredentials(body: String) async throws {
        let world = TestWorld(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/c"], [Reply.ok(body)])
        let error = try #require(await world.failure())
        #expect(error.kind == .refused && !error.message.contains("s3cr3t"))
    }

    @Test func asksTheInstancesService() async throws {
        let world = TestWorld([:], [Reply.ok("s3ss10n"), Reply.ok("my-role\n"), Self.json])
        #expect(try await world.find()?.accessKeyID == "BOX")
        #expect(
            world.http.requests.map { "\($0.method) \($0.url)" } == [
                "PUT http://169.254.169.254/latest/api/token",
                "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/",
                "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/my-role",
            ])
        #expect(world.http.requests.map { $0.headers["x-aws-ec2-metadata-token"] } == [nil, "s3ss10n", "s3ss10n"])
        #expect(world.http.requests.allSatisfy { $0.timeouts.total == .seconds(1) && !$0.usesProxy })
    }

    @Test func asksTheInstancesServiceWhereItIsSaidToBe() async throws {
        for (environment, host) in [
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1338"], "127.0.0.1"),
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"], "[fd00:ec2::254]"),
        ] {
            let world = TestWorld(environment, [Reply.ok("s"), Reply.ok("r"), Self.json])
            _ = try await world.find()
            #expect(world.http.requests.map(\.url.host) == [host, host, host])
        }
    }

    @Test(arguments: [Reply.broken(.timeout), Reply.broken(.connect), Reply.status(403)])
    func goesOnWhereNoInstanceAnswers(reply: @escaping ScriptedHTTP.Answer) async throws {
        let world = TestWorld([:], [reply])
        let error = await world.failure()
        #expect(error?.kind == CredentialError.Kind.none)
        #expect(error?.message.contains("no EC2 metadata service answered within 1 second") ?? false)
        #expect(world.http.requests.count == 1)
    }

    @Test func goesOnWhereAnInstanceHasNoRole() async throws {
        let world = TestWorld([:], [Reply.ok("s"), Reply.status(404)])
        #expect(await world.failure()?.message.contains("this EC2 instance has no role") ?? false)
    }

    @Test func asksNoInstanceWhereThatIsSwitchedOff() async throws {
        let world = TestWorld(["AWS_EC2_METADATA_DISABLED": "TRUE"])
        _ = await world.failure()
        #expect(world.http.requests.isEmpty)
    }
}
