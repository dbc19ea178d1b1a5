import FoundationEssentials
import HTTP
import PipelineKit
import SystemPackage
import TestSupport
import Testing

@testable import AWS

/// Which place answers, and what is said if none does.
@Suite struct CredentialChainTests {
    static let keys = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s3cr3t"]
    static let noInstance = ["AWS_EC2_METADATA_DISABLED": "true"]
    static let defaultProfile: [FilePath: String] = [
        "/home/me/.aws/credentials": "[default]\naws_access_key_id = FILE\naws_secret_access_key = s3cr3t\n"
    ]

    @Test func takesTheFirstPlaceThatAnswers() async throws {
        let web = ["AWS_ROLE_ARN": "arn:aws:iam::1:role/r", "AWS_WEB_IDENTITY_TOKEN": "jwt"]
        let container = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/c"]
        let sts = Reply.ok(STSReply.role("WEB", by: "AssumeRoleWithWebIdentity"))
        let json = Reply.ok(
            #"{"AccessKeyId": "BOX", "SecretAccessKey": "s", "Token": "t", "Expiration": "2026-01-01T06:00:00Z"}"#)
        let all = Self.keys.merging(web) { $1 }.merging(container) { $1 }

        #expect(try await TestWorld(all, files: Self.defaultProfile).find()?.accessKeyID == "ENV")
        let later = web.merging(container) { $1 }
        #expect(try await TestWorld(later, files: Self.defaultProfile).find()?.accessKeyID == "FILE")
        #expect(try await TestWorld(later, [sts]).find()?.accessKeyID == "WEB")
        #expect(try await TestWorld(container, [json]).find()?.accessKeyID == "BOX")
    }

    @Test func aNamedProfileComesBeforeTheEnvironment() async throws {
        let world = TestWorld(Self.keys, files: Self.defaultProfile)
        #expect(try await world.find(AWSSettings(profile: "default"))?.accessKeyID == "FILE")
    }

    @Test func takesTheSessionTokenOfTheEnvironment() async throws {
        let world = TestWorld(Self.keys.merging(["AWS_SESSION_TOKEN": "t0k3n"]) { $1 })
        #expect(try await world.find()?.sessionToken == "t0k3n")
    }

    @Test(arguments: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
    func refusesHalfAKeyPair(name: String) async throws {
        let error = await TestWorld([name: "x"]).failure()
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains("AWS_ACCESS_KEY_ID") ?? false)
    }

    @Test func saysWhereItLooked() async throws {
        let error = try #require(await TestWorld(Self.noInstance).failure())
        #expect(error.code == "no-aws-credentials")
        #expect(
            error.message
                == "no AWS credentials were found: AWS_ACCESS_KEY_ID is not set; "
                + "~/.aws/config and ~/.aws/credentials have no profile 'default'; AWS_ROLE_ARN is not set; "
                + "no role is named for GitHub's token; AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set; "
                + "AWS_EC2_METADATA_DISABLED is true")
        #expect(error.help != nil)
    }

    @Test func asksEachTimeAgain() async throws {
        var world = TestWorld(
            ["AWS_ROLE_ARN": "arn:aws:iam::1:role/r", "AWS_WEB_IDENTITY_TOKEN_FILE": "/run/token"],
            files: ["/run/token": "first\n"],
            [
                Reply.ok(STSReply.role("A", by: "AssumeRoleWithWebIdentity")),
                Reply.ok(STSReply.role("B", by: "AssumeRoleWithWebIdentity")),
            ])
        _ = try await world.find()
        world.files["/run/token"] = "second"
        _ = try await world.find()
        #expect(world.http.requests.map { $0.form["WebIdentityToken"] } == ["first", "second"])
    }
}
