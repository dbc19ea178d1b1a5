import AWS
import FoundationEssentials
import HTTP
import MirrorStep
import PipelineKit
import PruneStep
import ReleaseStep
import Releases
import Synchronization
import SyncStep
import SystemPackage
import TestSupport
import Testing

extension S3FaultTests {
    /// Servers that are elsewhere, that lie, or that somebody else has put there.
    @Suite struct ServerFaultTests {
        private func hurt(
            _ rules: String..., body: (BucketFixture, Sync) async throws -> Void
        ) async throws {
            try await BucketFixture.with(steps: "CHAOS_S3_URL") { bucket in
                try await bucket.aws.hurt("CHAOS_S3_URL", rules.joined(separator: ","))
                let step = try bucket.sync("v1", try bucket.site.site("one", ["a": "a", "b": "b"]))
                try await body(bucket, step)
                try await bucket.aws.hurt("CHAOS_S3_URL")
            }
        }

        private static func elsewhere(_ status: Int, _ code: String) -> String {
            #"{"fault": "answer", "status": \#(status), "headers": {"x-amz-bucket-region": "eu-west-1"}, "#
                + #""body": "<Error><Code>\#(code)</Code><Region>eu-west-1</Region></Error>", "#
                + #""unless": ["authorization", "/eu-west-1/"]}"#
        }

        /// The region that the bucket names is used from then on.
        @Test(arguments: [
            (301, "PermanentRedirect"), (307, "TemporaryRedirect"), (400, "AuthorizationHeaderMalformed"),
        ])
        func aBucketOfAnotherRegionIsFound(_ status: Int, _ code: String) async throws {
            try await hurt(Self.elsewhere(status, code)) { bucket, step in
                var context = try bucket.context()
                context[AWSClientsKey.self] = AWSClients()
                #expect(try await perform(step, in: context).created)
                #expect(try await bucket.aws.met("CHAOS_S3_URL") == 1)
                #expect(try await bucket.keys("releases/v1/") == ["a", "b"])
            }
        }

        @Test func aRegionThatIsNotToBeFoundIsAskedFor() async throws {
            let rule = #"{"fault": "answer", "status": 301, "body": "<Error><Code>PermanentRedirect</Code></Error>"}"#
            try await hurt(rule) { bucket, step in
                let error = await describedError { _ = try await step.prepare(in: try bucket.context()) }
                #expect(error?.code == "aws-permanent-redirect")
                #expect(error?.help == "name the bucket's own region in the option `region` or in AWS_REGION")
            }
        }

        /// SeaweedFS takes no signature that is more than a quarter of an hour old.
        @Test(arguments: [-3_600.0, 7_200])
        func aWrongClockIsSetRight(_ seconds: Double) async throws {
            try await hurt { bucket, step in
                var context = try bucket.context()
                context.clock = ShiftedClock(seconds: seconds)
                context[AWSClientsKey.self] = AWSClients()
                #expect(try await perform(step, in: context).created)
                #expect(try await bucket.keys("releases/v1/") == ["a", "b"])
            }
        }

        @Test(arguments: [
            ("<!DOCTYPE a [<!ENTITY b \\\"bb\\\">]><ListBucketResult>&b;</ListBucketResult>", "xml-doctype"),
            (
                "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>elsewhere/a</Key><Size>1</Size></Contents></ListBucketResult>",
                "s3-foreign-key"
            ),
            ("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", "s3-unexpected-reply"),
            ("<ListBucketResult><IsTruncated>false</IsTruncated>", "xml-truncated"),
            ("<html><body>Sign in to the hotel's network</body></html>", "xml-unexpected"),
        ])
        func aHostileListingEndsTheStep(_ body: String, _ code: String) async throws {
            let rule = #"{"fault": "answer", "path": "list-type=2", "body": "\#(body)"}"#
            try await hurt(rule) { bucket, step in
                var context = try bucket.context()
                context.clock = QuickClock()
                let error = await describedError { _ = try await perform(step, in: context) }
                #expect(error?.code == code)
                #expect(
                    error?.message.contains("ListObjectsV2 of s3://\(bucket.aws.s3.bucket)") == true,
                    "\(error?.message ?? "")")
                #expect(try await bucket.keys() == [])
            }
        }

        /// A real second server writes down what it is sent.
        @Test(arguments: [301, 302, 307, 308])
        func aRedirectToAnotherHostGetsNothing(_ status: Int) async throws {
            let folder = try TemporaryFolder()
            try folder.write("", to: "root/.keep")
            let log = folder["requests.log"]
            try await NginxServer.run(
                in: folder.path, root: folder["root"], server: "access_log \(log) all;",
                http: "log_format all '$request $http_authorization $http_x_amz_security_token';"
            ) { other in
                let rule =
                    #"{"fault": "answer", "status": \#(status), "headers": {"Location": "\#(other.url("/stolen"))"}, "#
                    + #""body": "<Error><Code>TemporaryRedirect</Code><Endpoint>127.0.0.1:\#(other.port)</Endpoint></Error>"}"#
                try await hurt(rule) { bucket, step in
                    let error = await describedError { _ = try await step.prepare(in: try bucket.context()) }
                    #expect(error?.code == "aws-temporary-redirect", "\(error?.message ?? "")")
                    // The recorder does record.
                    _ = try await bucket.aws.transport.send(HTTPRequest(.get, try HTTPURL(other.url("/seen"))))
                }
            }
            let lines = String(decoding: try DurableFile.read(log), as: UTF8.self).split(separator: "\n")
            #expect(lines.map { $0.prefix(9) } == ["GET /seen"])
        }

        @Test func anUnknownBucketIsNamedByEveryStep() async throws {
            try await BucketFixture.with { bucket in
                let list = try bucket.site.site("one", ["a": "a"])
                let address = Value.text("s3://nobodys-bucket/x")
                let (context, folder) = (try bucket.context(), try bucket.context(step: "other"))
                let steps: [(String, () async throws -> Void)] = [
                    (
                        "sync",
                        {
                            _ = try await Sync(.test(["store": address, "version": "v1", "assets": .text(list)]))
                                .prepare(in: context)
                        }
                    ),
                    (
                        "mirror",
                        { _ = try await Mirror(.test(["to": address, "assets": .text(list)])).prepare(in: folder) }
                    ),
                    ("prune", { _ = try await Prune(.test(["store": address])).prepare(in: context) }),
                    (
                        "release",
                        {
                            _ = try await perform(
                                Release(try .test(["store": address, "select": "latest"])), in: context)
                        }
                    ),
                ]
                for (name, body) in steps {
                    let error = await describedError(body)
                    #expect(error?.code == "aws-no-such-bucket", "\(name): \(error?.message ?? "nothing")")
                    #expect(
                        error?.help
                            == "check the bucket's name, or make it with `aws s3 mb s3://nobodys-bucket`",
                        "\(name)")
                }
            }
        }
    }
}

/// A machine whose clock is wrong.
private struct ShiftedClock: RunClock {
    let seconds: Double

    var now: ContinuousClock.Instant { ContinuousClock.now }
    var date: Date { Date().addingTimeInterval(seconds) }

    func sleep(for duration: Duration) async throws { try await QuickClock().sleep(for: duration) }

    func limit(_ duration: Duration, _ expired: @escaping @Sendable () -> Void) -> TimeLimit {
        SystemClock().limit(duration, expired)
    }
}
