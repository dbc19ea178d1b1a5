import Digest
import FoundationEssentials
import HTTP
import SystemPackage
import TestSupport
import TextCoding
import Testing

@testable import AWS

/// A person has signed in with `aws sso login`.
@Suite struct IdentityCenterTests {
    private static let config = """
        [profile new]
        sso_session = corp
        sso_account_id = 111122223333
        sso_role_name = Deploy & more
        [profile old]
        sso_start_url = https://corp.awsapps.com/start
        sso_region = us-west-2
        sso_account_id = 111122223333
        sso_role_name = Deploy
        [profile lacking]
        sso_session = corp
        sso_account_id = 111122223333
        [profile china]
        sso_start_url = https://start.home.awsapps.cn/directory/corp
        sso_region = cn-north-1
        sso_account_id = 1
        sso_role_name = R
        [profile stray]
        sso_start_url = https://corp.awsapps.com/start
        sso_region = evil.example#
        sso_account_id = 1
        sso_role_name = R
        [profile role]
        role_arn = arn:aws:iam::1:role/deploy
        source_profile = new
        [sso-session corp]
        sso_region = eu-west-1
        sso_start_url = https://corp.awsapps.com/start
        """

    /// - Parameter name: what the token is cached under.
    private func world(
        _ profile: String, token: String?, of name: String, expiresAt: String = "2026-01-01T08:00:00Z",
        environment: [String: String] = [:], _ script: [ScriptedHTTP.Answer] = []
    ) throws -> TestWorld {
        let hash = Hexadecimal.encode(try #require(SHA1.hash(name.utf8)))
        var files: [FilePath: String] = ["/home/me/.aws/config": Self.config]
        if let token {
            files[FilePath("/home/me/.aws/sso/cache/\(hash).json")] =
                #"{"accessToken": "\#(token)", "expiresAt": "\#(expiresAt)"}"#
        }
        return TestWorld(environment.merging(["AWS_PROFILE": profile]) { $1 }, files: files, script)
    }

    private static let reply = """
        {"roleCredentials": {"accessKeyId": "ASIA", "secretAccessKey": "s3cr3t", "sessionToken": "t0k3n",
         "expiration": 1767229200000}}
        """

    @Test func theNameOfTheCacheIsThatOfAWSsTools() throws {
        #expect(
            Hexadecimal.encode(try #require(SHA1.hash("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    }

    @Test(arguments: [
        (
            "new", "corp",
            "https://portal.sso.eu-west-1.amazonaws.com/federation/credentials"
                + "?account_id=111122223333&role_name=Deploy%20%26%20more"
        ),
        (
            "old", "https://corp.awsapps.com/start",
            "https://portal.sso.us-west-2.amazonaws.com/federation/credentials"
                + "?account_id=111122223333&role_name=Deploy"
        ),
        (
            "china", "https://start.home.awsapps.cn/directory/corp",
            "https://portal.sso.cn-north-1.amazonaws.com.cn/federation/credentials?account_id=1&role_name=R"
        ),
    ])
    func theTokenIsExchangedForCredentials(profile: String, name: String, url: String) async throws {
        let world = try world(profile, token: "bearer", of: name, [Reply.ok(Self.reply)])
        let found = try await world.find()
        #expect(found?.accessKeyID == "ASIA" && found?.sessionToken == "t0k3n")
        #expect(found?.expiration == Date(timeIntervalSince1970: 1_767_229_200))
        #expect(world.http.requests.map(\.url.description) == [url])
        #expect(world.http.requests.first?.headers["x-amz-sso_bearer_token"] == "bearer")
    }

    @Test func theTokenIsNoted() async throws {
        let reply = Self.reply.replacing("s3cr3t", with: "s3cr3t-of-it").replacing("t0k3n", with: "t0k3n-of-it")
        let world = try world("new", token: "bearer-of-it", of: "corp", [Reply.ok(reply)])
        _ = try await world.signing()
        #expect(world.noted.lines == ["bearer-of-it", "s3cr3t-of-it", "t0k3n-of-it"])
    }

    @Test func anEndpointThatIsNamedIsAsked() async throws {
        let world = try world(
            "new", token: "bearer", of: "corp", environment: ["AWS_ENDPOINT_URL_SSO": "http://127.0.0.1:9/base"],
            [Reply.ok(Self.reply)])
        _ = try await world.find()
        #expect(world.http.requests[0].url.description.hasPrefix("http://127.0.0.1:9/base/federation/credentials?"))
    }

    @Test func theSignInMayTakeAnotherRole() async throws {
        let world = try world(
            "role", token: "bearer", of: "corp", [Reply.ok(Self.reply), Reply.ok(STSReply.role("R"))])
        #expect(try await world.find()?.accessKeyID == "R")
        #expect(world.http.requests.last?.scope?.hasPrefix("ASIA/") == true)
    }

    @Test(
        arguments: [
            (nil, "2026-01-01T08:00:00Z", "nobody has signed in on this machine"),
            ("", "2026-01-01T08:00:00Z", "nobody has signed in on this machine"),
            ("bearer", "yesterday", "nobody has signed in on this machine"),
            ("bearer", "2025-12-31T23:59:59Z", "its sign-in has expired"),
            ("bearer", "2025-12-31T23:59:59UTC", "its sign-in has expired"),
        ] as [(String?, String, String)])
    func withoutAGoodTokenItSaysHowToSignIn(token: String?, expiresAt: String, reason: String) async throws {
        let world = try world("new", token: token, of: "corp", expiresAt: expiresAt)
        let error = await world.failure()
        #expect(error?.message == "the AWS profile 'new' signs in by IAM Identity Center, and \(reason)")
        #expect(error?.help == "sign in with `aws sso login --profile new`, and run this again")
        #expect(world.http.requests.isEmpty)
    }

    @Test(arguments: [
        (401, "its sign-in is not valid any more", "aws sso login --profile new"),
        (403, "may not take the role Deploy & more of the account 111122223333 (status 403)", "sso_role_name"),
    ])
    func aRefusalSaysWhatToDo(status: Int, message: String, help: String) async throws {
        let error = await (try world("new", token: "bearer", of: "corp", [Reply.status(status)])).failure()
        #expect(error?.message.contains(message) == true && error?.help?.contains(help) == true)
    }

    @Test func aPortalThatIsBusyIsAskedAgain() async throws {
        let world = try world("new", token: "bearer", of: "corp", [Reply.status(503), Reply.ok(Self.reply)])
        #expect(try await world.find()?.accessKeyID == "ASIA")
    }

    @Test(arguments: [
        ("lacking", "the AWS profile 'lacking' signs in by IAM Identity Center and has no sso_role_name"),
        ("stray", "sso_region of the AWS profile 'stray' is not a region: \"evil.example#\""),
    ])
    func aProfileThatLacksSomethingIsNotGuessed(profile: String, message: String) async throws {
        let error = await (try world(profile, token: "bearer", of: "corp")).failure()
        #expect(error?.message == message && error?.help != nil)
    }
}
