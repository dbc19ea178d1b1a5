import AWS
import FoundationEssentials
import HTTP
import Logging
import ObjectStorage
import PipelineKit
import TestSupport

/// The real client, with a transport of its own, against the test bed.
struct LocalAWS: Sendable {
    let client: AWSClient
    let bed: TestBed
    let transport: Transport

    /// Runs `body` and joins the transport's threads.
    ///
    /// - Parameter endpoints: names of the bed's variables, if they are not the usual ones.
    static func with<Result>(
        s3: String = "AWS_ENDPOINT_URL_S3", cloudFront: String = "AWS_ENDPOINT_URL_CLOUDFRONT",
        _ body: (LocalAWS) async throws -> Result
    ) async throws -> Result {
        let bed = try await TestBed.shared()
        let transport = Transport(eventLoops: 1, connectionsPerLoop: 8)
        let endpoints = try Endpoints(
            region: "us-east-1",
            custom: [.s3: try HTTPURL(bed.url(s3)), .cloudFront: try HTTPURL(bed.url(cloudFront))])
        let credentials = StaticCredentials(
            Credentials(
                accessKeyID: bed.url("AWS_ACCESS_KEY_ID"), secretAccessKey: bed.url("AWS_SECRET_ACCESS_KEY")))
        let client = AWSClient(
            http: transport, credentials: credentials, endpoints: endpoints, clock: SystemClock(), random: .system,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do {
            let result = try await body(LocalAWS(client: client, bed: bed, transport: transport))
            await transport.shutdown()
            return result
        } catch {
            await transport.shutdown()
            throw error
        }
    }

    /// Makes the bed's bucket if it is missing: the bed makes it on SeaweedFS only.
    func makeBucket() async throws {
        _ = try await client.send(AWSRequest(.s3, "CreateBucket", .put, bucket: s3.bucket))
    }

    var s3: S3Client { S3Client(bucket: bed.url("S3_BUCKET"), sender: client) }
    var cloudFront: CloudFrontClient { CloudFrontClient(sender: client) }

    /// Tells a fault proxy what to hurt from now on, as JSON rules. Without rules it passes everything through.
    ///
    /// A plan is the whole proxy's: tests that hurt calls have proxies of their own (`ownFaultProxies`).
    ///
    /// - Parameters:
    ///   - seed: of the dice that some rules throw.
    ///   - logs: whether the proxy keeps what it passes on.
    ///   - maxSkew: from how many seconds on the proxy refuses the time of a signature; nil if it does not look.
    func hurt(
        _ proxy: String, seed: Int = 1, logs: Bool = false, maxSkew: Int? = nil, _ rules: String...
    ) async throws {
        let skew = maxSkew.map { #""max_skew": \#($0), "# } ?? ""
        let plan = #"{"seed": \#(seed), "log": \#(logs), \#(skew)"rules": [\#(rules.joined(separator: ","))]}"#
        let url = try HTTPURL(bed.url(proxy)).with(target: "/__chaos")
        let response = try await transport.send(HTTPRequest(.put, url, body: .bytes(Array(plan.utf8))))
        guard response.status == 200 else {
            throw StepError("no-plan", "the fault proxy refused \(plan) with \(response.status)")
        }
    }

    /// How many requests a rule of a fault proxy has met.
    ///
    /// - Parameter rule: its place in the plan, from 0.
    func met(_ proxy: String, rule: Int = 0) async throws -> Int {
        struct Shown: Decodable {
            struct Rule: Decodable { var matched: Int }
            var rules: [Rule]
        }
        let rules = try await shown(by: proxy, as: Shown.self).rules
        return rules.indices.contains(rule) ? rules[rule].matched : 0
    }

    /// How many requests each rule of a fault proxy has hurt.
    func fired(_ proxy: String) async throws -> [Int] {
        struct Shown: Decodable {
            struct Rule: Decodable { var fired: Int }
            var rules: [Rule]
        }
        return try await shown(by: proxy, as: Shown.self).rules.map(\.fired)
    }

    /// A request that a fault proxy has passed on, as its log has it.
    struct LoggedRequest: Decodable, Sendable {
        var method: String
        /// Path and query.
        var target: String
        /// As the client has named the proxy.
        var host: String
        var status: Int
        /// In seconds.
        var begin: Double
        var end: Double
    }

    /// What a fault proxy has passed on since it was told a plan with a log.
    func log(_ proxy: String) async throws -> [LoggedRequest] {
        struct Shown: Decodable { var log: [LoggedRequest] }
        return try await shown(by: proxy, as: Shown.self).log
    }

    /// What a fault proxy says of its plan.
    private func shown<Shown: Decodable>(by proxy: String, as type: Shown.Type) async throws -> Shown {
        let url = try HTTPURL(bed.url(proxy)).with(target: "/__chaos")
        var request = HTTPRequest(.get, url)
        request.maximumBodyBytes = 64 << 20
        return try JSONDecoder().decode(type, from: Data(try await transport.send(request).body))
    }

    /// What a fault proxy has counted under a name since it was told its plan.
    func counted(_ proxy: String, _ name: String) async throws -> Int {
        let url = try HTTPURL(bed.url(proxy)).with(target: "/__chaos")
        let text = String(decoding: try await transport.send(HTTPRequest(.get, url)).body, as: UTF8.self)
        guard let start = text.firstRange(of: "\"\(name)\": ") else { return 0 }
        return Int(text[start.upperBound...].prefix { $0.isNumber }) ?? 0
    }

    /// A prefix that no other test uses.
    static func prefix(_ name: String) -> String { "\(name)-\(RandomSource.system.hexadecimal(digits: 8))/" }
}
