import FoundationEssentials
import PipelineKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import AWS

/// Each secret that the search for credentials meets is noted, so that it is masked. The id of a key is none.
@Suite struct NotedSecretTests {
    private static let arn = "arn:aws:iam::123456789012:role/deploy"
    private static let document = Reply.ok(
        #"{"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "s3cr3t-of-it", "Token": "t0k3n-of-it"}"#)

    private static let worlds: [(TestWorld, [String])] = [
        (
            TestWorld([
                "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s3cr3t-of-env",
                "AWS_SESSION_TOKEN": "t0k3n-of-env",
            ]), ["s3cr3t-of-env", "t0k3n-of-env"]
        ),
        (
            TestWorld(
                [
                    "GITHUB_ACTIONS": "true", "AWS_ROLE_ARN": arn,
                    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.example/",
                    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "b34r3r-of-job",
                ],
                [
                    Reply.ok(#"{"value": "jwt-of-github"}"#),
                    Reply.ok(STSReply.role("ROLE", by: "AssumeRoleWithWebIdentity")),
                ]), ["b34r3r-of-job", "jwt-of-github", "s3cr3t-ROLE", "t0k3n-ROLE"]
        ),
        (
            TestWorld(
                ["AWS_ROLE_ARN": arn, "AWS_WEB_IDENTITY_TOKEN_FILE": "/run/jwt"], files: ["/run/jwt": "jwt-of-file\n"],
                [Reply.ok(STSReply.role("ROLE", by: "AssumeRoleWithWebIdentity"))]),
            ["jwt-of-file", "s3cr3t-ROLE", "t0k3n-ROLE"]
        ),
        (
            TestWorld(
                ["AWS_PROFILE": "deploy"],
                files: [
                    "/home/me/.aws/config": "[profile deploy]\nrole_arn = \(arn)\nsource_profile = base\n",
                    "/home/me/.aws/credentials":
                        "[base]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = s3cr3t-of-base\n",
                ], [Reply.ok(STSReply.role("ROLE", by: "AssumeRole"))]),
            ["s3cr3t-of-base", "s3cr3t-ROLE", "t0k3n-ROLE"]
        ),
        (
            TestWorld(
                [
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/c",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "token-of-container",
                ],
                [document]), ["token-of-container", "s3cr3t-of-it", "t0k3n-of-it"]
        ),
        (
            TestWorld([:], [Reply.ok("token-of-instance"), Reply.ok("role"), document]),
            ["token-of-instance", "s3cr3t-of-it", "t0k3n-of-it"]
        ),
        (
            TestWorld(
                ["AWS_PROFILE": "tool"],
                files: ["/home/me/.aws/config": "[profile tool]\ncredential_process = tool\n"],
                processes: Printing(
                    #"{"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "s3cr3t-of-tool", "SessionToken": "t0k3n-of-tool"}"#
                )), ["s3cr3t-of-tool", "t0k3n-of-tool"]
        ),
        // Too short to be masked unasked.
        (TestWorld(["AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"]), []),
    ]

    @Test(arguments: worlds.indices) func whatItMeets(index: Int) async throws {
        let (world, secrets) = Self.worlds[index]
        _ = try await world.signing()
        #expect(world.noted.lines == secrets)
    }

    private struct Printing: ProcessRunner {
        let text: String

        init(_ text: String) { self.text = text }

        func run(
            _ command: Command, output: @escaping @Sendable (OutputLine) -> Void
        ) async throws -> PipelineKit.ExitStatus {
            output(OutputLine(.output, text))
            return .exited(0)
        }
    }
}
