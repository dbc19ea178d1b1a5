import FoundationEssentials
import HTTP
import PipelineKit
import SystemPackage
import TestSupport
import Testing

@testable import AWS

@Suite struct ProfileCredentialTests {
    static let config: [FilePath: String] = [
        "/home/me/.aws/config": """
        [default]
        region = eu-west-3
        [profile base]
        aws_access_key_id = BASE
        aws_secret_access_key = s3cr3t
        [profile deploy]
        role_arn = arn:aws:iam::1:role/deploy
        source_profile = base
        external_id = ext
        duration_seconds = 900
        role_session_name = me
        region = eu-north-1
        [profile twice]
        role_arn = arn:aws:iam::1:role/twice
        source_profile = deploy
        [profile self]
        role_arn = arn:aws:iam::1:role/self
        source_profile = self
        aws_access_key_id = SELF
        aws_secret_access_key = s3cr3t
        [profile a]
        role_arn = arn:aws:iam::1:role/a
        source_profile = b
        [profile b]
        role_arn = arn:aws:iam::1:role/b
        source_profile = a
        [profile web]
        role_arn = arn:aws:iam::1:role/web
        web_identity_token_file = /run/token
        [profile box]
        role_arn = arn:aws:iam::1:role/box
        credential_source = EcsContainer
        [profile environment]
        role_arn = arn:aws:iam::1:role/environment
        credential_source = Environment
        [profile nowhere]
        role_arn = arn:aws:iam::1:role/nowhere
        credential_source = Moon
        [profile alone]
        role_arn = arn:aws:iam::1:role/alone
        [profile mfa]
        role_arn = arn:aws:iam::1:role/mfa
        source_profile = base
        mfa_serial = arn:aws:iam::1:mfa/me
        [profile half]
        aws_access_key_id = HALF
        [profile sso]
        sso_session = corp
        [profile login]
        login_session = arn:aws:iam::1:user/ada
        [profile empty]
        region = eu-west-1
        [profile lost]
        role_arn = arn:aws:iam::1:role/lost
        source_profile = gone
        [profile process]
        credential_process = /opt/bin/keys --for "my site"
        """,
        "/run/token": "jwt",
    ]

    func find(
        _ profile: String, _ script: [ScriptedHTTP.Answer] = [], environment: [String: String] = [:]
    ) async throws -> (Credentials?, [HTTPRequest]) {
        let world = TestWorld(environment.merging(["AWS_PROFILE": profile]) { $1 }, files: Self.config, script)
        return (try await world.find(), world.http.requests)
    }

    @Test func takesKeys() async throws {
        #expect(try await find("base").0?.accessKeyID == "BASE")
    }

    @Test func takesARoleWithTheKeysOfAnotherProfile() async throws {
        let (credentials, requests) = try await find("deploy", [Reply.ok(STSReply.role("R"))])
        #expect(credentials?.accessKeyID == "R")
        let request = try #require(requests.first)
        #expect(request.scope == "BASE/20260101/eu-north-1/sts")
        #expect(
            request.form == [
                "Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": "arn:aws:iam::1:role/deploy",
                "RoleSessionName": "me", "DurationSeconds": "900", "ExternalId": "ext",
            ])
    }

    @Test func takesARoleWithARole() async throws {
        let (credentials, requests) = try await find(
            "twice", [Reply.ok(STSReply.role("R")), Reply.ok(STSReply.role("RR"))])
        #expect(credentials?.accessKeyID == "RR")
        #expect(requests.compactMap(\.scope).map { $0.prefix { $0 != "/" } } == ["BASE", "R"])
        #expect(requests.last?.headers["x-amz-security-token"] == "t0k3n-R")
    }

    @Test func takesARoleWithItsOwnKeys() async throws {
        let (credentials, requests) = try await find("self", [Reply.ok(STSReply.role("R"))])
        #expect(credentials?.accessKeyID == "R")
        #expect(requests.first?.scope?.hasPrefix("SELF/") ?? false)
    }

    @Test func takesARoleWithATokenFile() async throws {
        let (credentials, requests) = try await find(
            "web", [Reply.ok(STSReply.role("R", by: "AssumeRoleWithWebIdentity"))])
        #expect(credentials?.accessKeyID == "R")
        #expect(requests.first?.form["WebIdentityToken"] == "jwt")
    }

    @Test func takesARoleWithWhatAPlaceGives() async throws {
        let json = Reply.ok(
            #"{"AccessKeyId": "BOX", "SecretAccessKey": "s", "Token": "t", "Expiration": "2026-01-01T06:00:00Z"}"#)
        let (_, requests) = try await find(
            "box", [json, Reply.ok(STSReply.role("R"))], environment: ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/c"])
        #expect(requests.last?.scope?.hasPrefix("BOX/") ?? false)

        // The profile is chosen by the settings here: keys in the environment would come first otherwise.
        let world = TestWorld(
            CredentialChainTests.keys, files: Self.config, [Reply.ok(STSReply.role("R"))])
        #expect(try await world.find(AWSSettings(profile: "environment"))?.accessKeyID == "R")
        #expect(world.http.requests.first?.scope?.hasPrefix("ENV/") ?? false)
    }

    @Test(arguments: [
        ("a", "AWS profiles name each other as their source: a → b → a"),
        ("nowhere", "the AWS profile 'nowhere' has an unknown credential_source: \"Moon\""),
        (
            "box",
            "the AWS profile 'box' takes its credentials from EcsContainer, but AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set"
        ),
        (
            "alone",
            "the AWS profile 'alone' names the role arn:aws:iam::1:role/alone, but needs exactly one source of credentials for it"
        ),
        ("mfa", "the AWS profile 'mfa' asks for a one-time code, and nobody can type it here"),
        ("half", "the AWS profile 'half' has only one of aws_access_key_id and aws_secret_access_key"),
        ("sso", "the AWS profile 'sso' names the sso-session 'corp', which is not there"),
        ("login", "the AWS profile 'login' signs in by `aws login`, whose token only the AWS CLI can use"),
        ("empty", "the AWS profile 'empty' has no credentials"),
    ]) func saysWhatIsWrongWithAProfile(name: String, message: String) async throws {
        let error = await TestWorld(["AWS_PROFILE": name], files: Self.config).failure()
        #expect(error?.kind == .unusable)
        #expect(error?.message == message)
    }

    @Test(arguments: ["missing", "lost"]) func namesTheProfilesThatThereAre(name: String) async throws {
        let error = await TestWorld(["AWS_PROFILE": name], files: Self.config).failure()
        #expect(error?.code == "no-such-aws-profile")
        #expect(error?.message.contains("there are a, alone, b, base, box, default, deploy,") ?? false)
    }

    @Test func runsACommand() async throws {
        let process = ScriptedProcess(
            """
            {"Version": 1, "AccessKeyId": "CMD",
             "SecretAccessKey": "s3cr3t", "SessionToken": "t0k3n", "Expiration": "2026-01-01T01:00:00+00:00"}
            """, errors: "a note")
        let world = TestWorld(["AWS_PROFILE": "process"], files: Self.config, processes: process)
        let credentials = try await world.find()
        #expect(credentials?.accessKeyID == "CMD" && credentials?.sessionToken == "t0k3n")
        #expect(credentials?.expiration?.timeIntervalSince(world.clock.date) == 3_600)
        #expect(process.commands.map { [$0.executable] + $0.arguments } == [["/opt/bin/keys", "--for", "my site"]])
        #expect(process.commands.first?.environment["HOME"] == "/home/me")
    }

    @Test(arguments: [
        (#"{"Version": 1, "AccessKeyId": "CMD", "SecretAccessKey": "s3cr3t"}"#, PipelineKit.ExitStatus.exited(1)),
        (#"{"Version": 2, "AccessKeyId": "CMD", "SecretAccessKey": "s3cr3t"}"#, .exited(0)),
        (#"{"AccessKeyId": "CMD", "SecretAccessKey": "s3cr3t"}"#, .exited(0)),
        (#"{"Version": 1, "SecretAccessKey": "s3cr3t"}"#, .exited(0)),
        (#"{"Version": 1, "AccessKeyId": "CMD", "SecretAccessKey": "s3cr3t", "Expiration": "soon"}"#, .exited(0)),
        ("s3cr3t", .exited(0)), ("", .exited(0)),
    ]) func refusesWhatACommandPrints(output: String, status: PipelineKit.ExitStatus) async throws {
        let process = ScriptedProcess(output, errors: "s3cr3t", status: status)
        let error = try #require(
            await TestWorld(["AWS_PROFILE": "process"], files: Self.config, processes: process).failure())
        #expect(error.kind == .unusable)
        #expect(!"\(error) \(error.help ?? "")".contains("s3cr3t"))
    }

    @Test(
        arguments: [
            ("a b", ["a", "b"]), ("a  'b c'\td", ["a", "b c", "d"]), (#"a "b \"c\" \d""#, ["a", #"b "c" \d"#]),
            (#"a\ b ''"#, ["a b", ""]), ("x'y'\"z\"", ["xyz"]), ("", []), ("a 'b", nil), ("a \\", nil),
        ] as [(String, [String]?)]) func splitsCommands(text: String, words: [String]?)
    {
        #expect(ShellWords.split(text) == words)
    }
}
