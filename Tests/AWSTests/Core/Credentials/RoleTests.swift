import FoundationEssentials
import HTTP
import PipelineKit
import SystemPackage
import TestSupport
import Testing

@testable import AWS

/// Roles that are assumed with a CI job's token.
@Suite struct RoleTests {
    static let arn = "arn:aws:iam::123456789012:role/deploy"
    static let reply = Reply.ok(STSReply.role("ROLE", by: "AssumeRoleWithWebIdentity"))

    @Test(arguments: ["AWS_WEB_IDENTITY_TOKEN", "CIRCLE_OIDC_TOKEN_V2", "CIRCLE_OIDC_TOKEN"])
    func takesARoleForATokenInAVariable(name: String) async throws {
        let world = TestWorld(["AWS_ROLE_ARN": Self.arn, name: "jwt", "AWS_REGION": "eu-west-1"], [Self.reply])
        let credentials = try await world.find()
        #expect(
            credentials
                == Credentials(
                    accessKeyID: "ROLE", secretAccessKey: "s3cr3t-ROLE", sessionToken: "t0k3n-ROLE",
                    expiration: try Date("2026-01-01T01:00:00Z", strategy: .iso8601)))
        let request = try #require(world.http.requests.first)
        #expect(request.url.description == "https://sts.eu-west-1.amazonaws.com/")
        #expect(request.headers["Authorization"] == nil)
        #expect(
            request.form == [
                "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": Self.arn,
                "RoleSessionName": "runner-1767225600", "WebIdentityToken": "jwt",
            ])
    }

    @Test func asksGitHubForAToken() async throws {
        let world = TestWorld(
            [
                "GITHUB_ACTIONS": "true", "AWS_ROLE_ARN": Self.arn, "AWS_ROLE_SESSION_NAME": "site",
                "ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.example/get?v=1",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "b34r3r",
            ], [Reply.ok(#"{"count": 1, "value": "jwt"}"#), Self.reply])
        #expect(try await world.find()?.accessKeyID == "ROLE")
        #expect(
            world.http.requests.map(\.url.description) == [
                "https://token.example/get?v=1&audience=sts.amazonaws.com", "https://sts.us-east-1.amazonaws.com/",
            ])
        #expect(world.http.requests.first?.headers["Authorization"] == "bearer b34r3r")
        #expect(world.http.requests.last?.form["WebIdentityToken"] == "jwt")
        #expect(world.http.requests.last?.form["RoleSessionName"] == "site")
    }

    @Test func namesThePermissionThatAGitHubJobLacks() async throws {
        let error = await TestWorld(["GITHUB_ACTIONS": "true", "AWS_ROLE_ARN": Self.arn]).failure()
        #expect(error?.help == "give the job the permission: permissions: {id-token: write, contents: read}")
    }

    @Test(arguments: ["{}", "jwt", #"{"value": ""}"#]) func refusesAnAnswerWithoutAToken(body: String) async throws {
        let world = TestWorld(
            [
                "AWS_ROLE_ARN": Self.arn, "ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.example/",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "b34r3r",
            ], [Reply.ok(body)])
        #expect(await world.failure()?.message == "GitHub's OIDC service answered without a token")
    }

    @Test(arguments: [nil, "", " \n", "two words"]) func refusesAFileWithoutAToken(content: String?) async throws {
        var world = TestWorld(["AWS_ROLE_ARN": Self.arn, "AWS_WEB_IDENTITY_TOKEN_FILE": "/run/token"])
        world.files["/run/token"] = content
        let error = await world.failure()
        #expect(error?.kind == .unusable && error?.message.contains("/run/token") ?? false)
    }

    @Test func saysWhyARoleWasNotGiven() async throws {
        let body =
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized.</Message></Error></ErrorResponse>"
        let world = TestWorld(
            ["AWS_ROLE_ARN": Self.arn, "AWS_WEB_IDENTITY_TOKEN": "jwt.s3cr3t"], [{ _ in .test(403, body) }])
        let error = try #require(await world.failure())
        #expect(error.code == "aws-credentials-refused")
        #expect(
            error.message.hasPrefix("the role \(Self.arn) could not be taken: STS refused AssumeRoleWithWebIdentity"))
        #expect(error.help?.contains("trust policy") ?? false)
        #expect(!"\(error) \(error.help ?? "")".contains("s3cr3t"))
    }

    @Test func triesASecondTimeWhereSTSIsBusy() async throws {
        let world = TestWorld(
            ["AWS_ROLE_ARN": Self.arn, "AWS_WEB_IDENTITY_TOKEN": "jwt"],
            [Reply.status(503), Reply.broken(.reset), Self.reply])
        #expect(try await world.find()?.accessKeyID == "ROLE")
    }

    @Test func saysWhoOneIs() async throws {
        let body =
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/u</Arn><UserId>U</UserId>"
            + "<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        let test = try TestClient([Reply.ok(body)])
        let identity = try await STS(test.client).callerIdentity()
        #expect(identity == CallerIdentity(account: "123456789012", arn: "arn:aws:iam::1:user/u", userID: "U"))
        #expect(test.http.requests.first?.headers["Authorization"] != nil)
    }
}
