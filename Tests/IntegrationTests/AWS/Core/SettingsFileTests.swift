import FoundationEssentials
import HTTP
import PipelineKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import AWS

/// A client that finds its settings in real files, and its keys by a real command.
@Suite struct SettingsFileTests {
    private final class Recorder: HTTPClient {
        let requests = Mutex<[HTTPRequest]>([])

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            requests.withLock { $0.append(request) }
            return HTTPResponse(
                status: 200, effectiveURL: "", timings: HTTPResponse.Timings(firstByte: .zero, total: .zero))
        }
    }

    private let folder: TemporaryFolder
    private let recorder = Recorder()

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Sends one call as a step would, and gives what was sent.
    private func send(_ environment: [String: String] = [:], _ settings: AWSSettings = AWSSettings()) async throws
        -> HTTPRequest
    {
        let home = ["HOME": folder.path.string, "AWS_EC2_METADATA_DISABLED": "true", "PATH": "/usr/bin:/bin"]
        var context = StepContext.test(
            project: folder.path, environment: home.merging(environment) { $1 },
            processes: SubprocessRunner(clock: SystemClock()))
        context[HTTPKey.self] = recorder
        let client = try await AWSClient(settings, in: context)
        _ = try await client.send(AWSRequest(.s3, "GetObject", .get, bucket: "site", path: "k"))
        return try #require(recorder.requests.withLock { $0.last })
    }

    @Test func readsRegionAndKeys() async throws {
        try folder.write("[default]\nregion = eu-west-3\n", to: ".aws/config")
        try folder.write("[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n", to: ".aws/credentials")
        let request = try await send()
        #expect(request.url.description == "https://site.s3.eu-west-3.amazonaws.com/k")
        #expect(
            request.headers["Authorization"]?.contains("Credential=FILE/20260101/eu-west-3/s3/aws4_request") ?? false)
    }

    @Test func needsNoFiles() async throws {
        let request = try await send(["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s"])
        #expect(request.url.host == "site.s3.us-east-1.amazonaws.com")
    }

    @Test func runsTheCommandOfAProfile() async throws {
        try folder.write(
            """
            #!/bin/sh
            printf '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "s", "SessionToken": "%s"}' "$1" "$TOKEN"
            """, to: "keys.sh")
        try folder.write(
            "[profile job]\ncredential_process = sh '\(folder["keys.sh"])' \"COMMAND\"\n", to: ".aws/config")
        let request = try await send(["AWS_PROFILE": "job", "TOKEN": "t0k3n"])
        #expect(request.headers["Authorization"]?.contains("Credential=COMMAND/") ?? false)
        #expect(request.headers["x-amz-security-token"] == "t0k3n")
    }

    @Test func saysThatACommandIsNotThere() async throws {
        try folder.write("[profile job]\ncredential_process = no-such-command-here\n", to: ".aws/config")
        let error = await #expect(throws: CredentialError.self) { try await send(["AWS_PROFILE": "job"]) }
        #expect(error?.message.contains("no-such-command-here") ?? false)
    }

    @Test func saysThatAFileCannotBeRead() async throws {
        try folder.write("x", to: ".aws/config/inside")
        let error = await #expect(throws: CredentialError.self) { try await send() }
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains(".aws/config: it is a folder") ?? false)
    }
}
