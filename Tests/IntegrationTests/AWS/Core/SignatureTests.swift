import FoundationEssentials
import HTTP
import Logging
import PipelineKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import AWS

/// Every signature is the one that botocore makes of the same call.
@Suite struct SignatureTests {
    @Test func agreesWithBotocore() async throws {
        var random = SeededRandom(seed: 20_260_101)
        let folder = try TemporaryFolder()
        let clock = TestClock()
        let clients = try (0..<12).map { _ in try Signatory(&random, clock) }
        var lines: [String] = []
        var sent: [HTTPRequest] = []
        for _ in 0..<2_000 {
            clock.advance(by: .seconds(Int.random(in: 0...20_000, using: &random)))
            let call = RandomCall(&random)
            guard let client = clients.randomElement(using: &random) else { continue }
            let request = try await client.sign(call.request)
            sent.append(request)
            lines.append(client.description(of: call, as: request).json)
        }
        try folder.write(lines.joined(separator: "\n") + "\n", to: "calls.jsonl")
        let environment = ProcessInfo.processInfo.environment.merging(["PYTHONIOENCODING": "utf-8"]) { $1 }
        let answers = try await Botocore.run(Botocore.signing, on: folder["calls.jsonl"], environment: environment)

        try #require(answers.count == 2_000)
        var wrong = 0
        for (index, answer) in answers.enumerated() {
            let parts = answer.split(separator: "\t", maxSplits: 1).map(String.init)
            let url = sent[index].url.description.prefix { $0 != "?" }
            guard parts != [String(url), sent[index].headers["Authorization"] ?? "none"] else { continue }
            wrong += 1
            if wrong <= 3 {
                Issue.record(
                    "\(lines[index]) was signed as \(sent[index].headers["Authorization"] ?? ""), not as \(answer)")
            }
        }
        #expect(wrong == 0)
        // The calls are as different as they should be.
        #expect(Set(answers).count == 2_000)
        #expect(
            Set(sent.compactMap { $0.headers["Authorization"]?.split(separator: "/").dropFirst(3).first }).count == 3)
    }
}

/// A client that signs and sends nothing.
private struct Signatory {
    private final class Recorder: HTTPClient {
        let last = Mutex<HTTPRequest?>(nil)

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            last.withLock { $0 = request }
            return HTTPResponse(
                status: 200, effectiveURL: "", timings: HTTPResponse.Timings(firstByte: .zero, total: .zero))
        }
    }

    private let recorder = Recorder()
    private let client: AWSClient
    private let credentials: Credentials
    private let region: String
    /// That CloudFront is signed for.
    private var globalRegion: String { region.hasPrefix("cn-") ? "cn-northwest-1" : "us-east-1" }

    init(_ random: inout SeededRandom, _ clock: TestClock) throws {
        let characters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/").map(String.init)
        func secret(_ count: Int) -> String {
            (0..<count).map { _ in characters.randomElement(using: &random) ?? "" }.joined()
        }
        credentials = Credentials(
            accessKeyID: "AKIA" + secret(16).replacing("/", with: "A"), secretAccessKey: secret(40),
            sessionToken: Bool.random(using: &random) ? secret(300) : nil)
        region = ["us-east-1", "eu-central-1", "ap-southeast-4", "cn-north-1"].randomElement(using: &random) ?? ""
        let endpoint =
            [nil, "http://127.0.0.1:9000", "https://s3.example.org:443", "http://[::1]:8080"]
            .randomElement(using: &random) ?? nil
        let custom = try endpoint.map { [AWSService.s3: try HTTPURL($0)] } ?? [:]
        client = AWSClient(
            http: recorder, credentials: StaticCredentials(credentials),
            endpoints: try Endpoints(region: region, custom: custom), clock: clock, random: .system,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func sign(_ request: AWSRequest) async throws -> HTTPRequest {
        _ = try await client.send(request)
        return try #require(recorder.last.withLock { $0 })
    }

    /// The call as botocore is told of it: nothing is encoded.
    func description(of call: RandomCall, as sent: HTTPRequest) -> Value {
        let request = call.request
        let isInHost = request.bucket.map { sent.url.host.hasPrefix($0 + ".") } ?? true
        let path = (isInHost ? "" : "/" + (request.bucket ?? "")) + "/" + request.path
        return .object([
            "service": .text(request.service.signingName),
            "region": .text(request.service == .cloudFront ? globalRegion : region),
            "date": .text(sent.headers["x-amz-date"] ?? ""), "method": .text(request.method.rawValue),
            "origin": .text(sent.url.origin), "path": .text(path),
            "query": .list(request.query.map { .list([.text($0.0), .text($0.1 ?? "")]) }),
            "headers": .list(request.headers.fields.map { .list([.text($0.name), .text($0.value)]) }),
            "body": .text(call.body.map { String(256 + Int($0), radix: 16).dropFirst() }.joined()),
            "signsPayload": .bool(request.payload != .unsigned), "id": .text(credentials.accessKeyID),
            "secret": .text(credentials.secretAccessKey), "token": credentials.sessionToken.map(Value.text) ?? .null,
        ])
    }
}
