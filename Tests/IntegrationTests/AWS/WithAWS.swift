import AWS
import HTTP
import Logging
import PipelineKit
import TestSupport

/// The real client, with a transport of its own, against the test bed.
struct LocalAWS: Sendable {
    let client: AWSClient
    let bed: TestBed

    /// Runs `body` and joins the transport's threads.
    ///
    /// - Parameter endpoints: names of the bed's variables, where they are not the usual ones.
    static func with<Result>(
        s3: String = "AWS_ENDPOINT_URL_S3", cloudFront: String = "AWS_ENDPOINT_URL_CLOUDFRONT",
        _ body: (LocalAWS) async throws -> Result
    ) async throws -> Result {
        let bed = try await TestBed.shared()
        let transport = Transport(lanes: 1, connectionsPerLane: 8)
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
            let result = try await body(LocalAWS(client: client, bed: bed))
            await transport.shutdown()
            return result
        } catch {
            await transport.shutdown()
            throw error
        }
    }

    var s3: S3Client { S3Client(bucket: bed.url("S3_BUCKET"), sender: client) }
    var cloudFront: CloudFrontClient { CloudFrontClient(sender: client) }

    /// A prefix that no other test uses.
    static func prefix(_ name: String) -> String { "\(name)-\(RandomSource.system.hexadecimal(digits: 8))/" }
}
