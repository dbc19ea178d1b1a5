import AWS
import FoundationEssentials
import HTTP
import MirrorStep
import PipelineKit
import PruneStep
import Releases
import SyncStep
import TestSupport
import Testing

extension S3FaultTests {
    /// Stores that lack something, each as the table in `docs/bucket-store.md` tells of it. The fault proxy refuses what
    /// they refuse.
    @Suite struct OtherStoreTests {
        struct Store: Sendable, CustomTestStringConvertible {
            /// As the document's table has it.
            var name: String
            var rules: [String]
            /// Such as `https://…`; nil for the proxy's own.
            var host: String?
            var environment: [String: String] = [:]
            /// False if the switches of the environment keep everything that is refused from being sent.
            var isRefused = true

            var testDescription: String { name + (isRefused ? "" : ", with switches") }
        }

        private static func refuse(
            _ selectors: String, _ status: Int, _ code: String?
        ) -> String {
            let body = code.map { "<Error><Code>\($0)</Code><Message>refused</Message></Error>" } ?? ""
            return #"{"fault": "answer", \#(selectors), "status": \#(status), "body": "\#(body)", "#
                + #""headers": {"Content-Type": "application/xml"}}"#
        }

        private static let checksumHeaders = [
            "x-amz-checksum-sha256", "x-amz-checksum-algorithm", "x-amz-sdk-checksum-algorithm", "x-amz-checksum-mode",
        ]
        private static let noChecksums = checksumHeaders.map { refuse(#""header": "\#($0)""#, 400, "InvalidArgument") }
        private static let switches = [
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required", "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        ]
        private static func noPaths(_ code: String) -> [String] {
            [refuse(#""path": "^/site-bucket[/?]""#, 403, code), refuse(#""path": "^/site-bucket$""#, 403, code)]
        }

        static let stores = [
            Store(
                name: "Cloudflare R2",
                rules: [refuse(#""header": "x-amz-tagging-directive""#, 501, "NotImplemented")]),
            Store(name: "Backblaze B2", rules: noChecksums),
            Store(name: "Backblaze B2", rules: noChecksums, environment: switches, isRefused: false),
            // One that knows the checksums of bytes and cannot be asked for them.
            Store(
                name: "Backblaze B2", rules: [refuse(#""header": "x-amz-checksum-mode""#, 400, nil)]),
            Store(name: "Google Cloud Storage", rules: [refuse(#""method": "POST", "path": "delete""#, 501, nil)]),
            Store(
                name: "Google Cloud Storage",
                rules: [refuse(#""method": "POST", "path": "delete""#, 400, "InvalidArgument")]),
            Store(name: "Alibaba Cloud OSS", rules: noPaths("SecondLevelDomainForbidden"), host: "s3.localhost"),
            Store(name: "Tencent COS", rules: noPaths("PathStyleDomainForbidden"), host: "s3.localhost"),
            Store(name: "Huawei OBS", rules: noPaths("VirtualHostDomainRequired"), host: "s3.localhost"),
            Store(
                name: "Alibaba Cloud OSS", rules: noPaths("SecondLevelDomainForbidden"), host: "s3.localhost",
                environment: ["RUNNER_S3_ADDRESSING_STYLE": "virtual"], isRefused: false),
            Store(
                name: "Alibaba Cloud OSS",
                rules: ["if-none-match", "if-match"].map { refuse(#""header": "\#($0)""#, 501, "NotImplemented") }),
        ]

        private func context(_ bucket: BucketFixture, _ store: Store, run: String) throws -> StepContext {
            var context = try bucket.context(run: run)
            context.environment.merge(store.environment) { $1 }
            if let host = store.host {
                let proxy = bucket.aws.bed.url("CHAOS_S3_URL")
                context.environment["AWS_ENDPOINT_URL_S3"] = proxy.replacing("127.0.0.1", with: host)
            }
            context[AWSClientsKey.self] = AWSClients()
            return context
        }

        /// Two releases, the second of which takes over what it can, a prune and a mirror that deletes.
        @Test(arguments: stores) func everyStepWorks(_ store: Store) async throws {
            try await BucketFixture.with(steps: "CHAOS_S3_URL") { bucket in
                try await bucket.aws.hurt("CHAOS_S3_URL", logs: true, store.rules.joined(separator: ","))
                let site = bucket.site
                func deploy(_ version: String, _ files: [String: String]) async throws -> Sync.Output {
                    let step = try bucket.sync(version, try site.site("site-\(version)", files)) {
                        $0.partSize = ByteCount(5 << 20)
                    }
                    let output = try await perform(step, in: try context(bucket, store, run: "run-\(version)"))
                    try await bucket.store.record(try .test(version, run: "run-\(version)"))
                    return output
                }
                // One of them goes in parts.
                let large = String(repeating: "0123456789", count: 600_000)
                #expect(try await deploy("v1", ["a.txt": "a", "b.txt": "b", "big.bin": large]).created)
                let second = try await deploy("v2", ["a.txt": "a", "b.txt": "other", "big.bin": large])
                #expect(second.created && second.copied == 2 && second.uploaded == 1)
                #expect(try await bucket.keys("releases/v2/") == ["a.txt", "b.txt", "big.bin"])
                #expect(try await bucket.text("releases/v2/b.txt") == "other")
                let prune = try Prune(.test(["store": .text(bucket.store.resource.url), "keep": 1, "min-age": "0s"]))
                #expect(try await perform(prune, in: try context(bucket, store, run: "run-p")).deleted == 1)
                #expect(try await bucket.keys("releases/v1/") == [])

                func mirror(_ run: String, _ files: [String: String]) async throws -> Mirror.Output {
                    let step = try Mirror(
                        .test([
                            "to": .text("s3://\(bucket.aws.s3.bucket)/\(bucket.prefix)-mirror"), "delete": true,
                            "assets": .text(try site.site(run, files)),
                        ]))
                    return try await perform(step, in: try context(bucket, store, run: run))
                }
                _ = try await mirror("mirror-1", ["a.txt": "a", "old.txt": "old"])
                let again = try await mirror("mirror-2", ["a.txt": "a", "new.txt": "new"])
                #expect(again.deleted == 1)
                try await expectRefusals(store, bucket)
                try await bucket.aws.hurt("CHAOS_S3_URL")
            }
        }

        /// The round counts only if the store has refused something, or has been told nothing that it would refuse.
        private func expectRefusals(_ store: Store, _ bucket: BucketFixture) async throws {
            let refused = try await bucket.aws.counted("CHAOS_S3_URL", "fault answer")
            #expect((refused > 0) == store.isRefused, "\(refused) refusals")
            // Six runs, each with few first tries: no file of its own is refused.
            #expect(refused <= 40, "\(refused) refusals")
            if store.host != nil {
                let hosts = Set(try await bucket.aws.log("CHAOS_S3_URL").map { $0.host.split(separator: ":")[0] })
                #expect(hosts.contains("\(bucket.aws.s3.bucket).s3.localhost"))
            }
        }

        /// Google's and others say 404 of a key that is not there.
        @Test func whatIsNotThereIsDeletedAlready() async throws {
            try await BucketFixture.with(s3: "CHAOS_S3_URL") { bucket in
                let missing = Self.refuse(#""method": "DELETE""#, 404, "NoSuchKey")
                let one = Self.refuse(#""method": "POST", "path": "delete""#, 501, "NotImplemented")
                try await bucket.aws.hurt("CHAOS_S3_URL", missing, one)
                try await bucket.aws.s3.deleteObject("\(bucket.prefix)/a")
                try await bucket.aws.s3.deleteObjects(["\(bucket.prefix)/a", "\(bucket.prefix)/b"])
                #expect(try await bucket.aws.s3.abortMultipartUpload("\(bucket.prefix)/a", uploadID: "gone") == false)
                #expect(try await bucket.aws.met("CHAOS_S3_URL") == 4)
                let noBucket = Self.refuse(#""method": "DELETE""#, 404, "NoSuchBucket")
                try await bucket.aws.hurt("CHAOS_S3_URL", noBucket)
                await #expect(throws: AWSError.self) { try await bucket.aws.s3.deleteObject("\(bucket.prefix)/a") }
                try await bucket.aws.hurt("CHAOS_S3_URL")
            }
        }

        @Test func aKeyThatABatchDoesNotFindIsDeletedAlready() async throws {
            try await BucketFixture.with(s3: "CHAOS_S3_URL") { bucket in
                let reply = "<DeleteResult><Error><Key>a</Key><Code>NoSuchKey</Code></Error></DeleteResult>"
                try await bucket.aws.hurt(
                    "CHAOS_S3_URL",
                    #"{"fault": "answer", "method": "POST", "path": "delete", "status": 200, "body": "\#(reply)"}"#)
                try await bucket.aws.s3.deleteObjects(["a"])
                #expect(try await bucket.aws.met("CHAOS_S3_URL") == 1)
                try await bucket.aws.hurt("CHAOS_S3_URL")
            }
        }

        /// A server that keeps keys as folders (SeaweedFS) says of `docs` that something is there once `docs/a.html` is, and
        /// that nothing is there when it is asked.
        @Test func aKeyThatIsSaidToBeThereAndIsNotIsWritten() async throws {
            try await BucketFixture.with(steps: "CHAOS_S3_URL") { bucket in
                let taken = Self.refuse(
                    #""header": "if-none-match", "path": "releases/v1/docs$""#, 412, "PreconditionFailed")
                try await bucket.aws.hurt("CHAOS_S3_URL", logs: true, taken)
                let step = try bucket.sync("v1", try bucket.site.site("site", ["docs/a.html": "a"])) {
                    $0.redirects = ["docs": "/docs/a.html"]
                }
                #expect(try await perform(step, in: try bucket.context()).created)
                #expect(try await bucket.aws.counted("CHAOS_S3_URL", "fault answer") == 2)
                try await bucket.aws.hurt("CHAOS_S3_URL")
            }
        }

        /// Cloudflare's refuses the header of a redirect.
        @Test func aServerWithoutRedirectsIsNamed() async throws {
            try await BucketFixture.with(steps: "CHAOS_S3_URL") { bucket in
                let refused = Self.refuse(#""header": "x-amz-website-redirect-location""#, 501, "NotImplemented")
                try await bucket.aws.hurt("CHAOS_S3_URL", logs: true, refused)
                let error = await describedError {
                    let step = try bucket.sync("v1", try bucket.site.site("site", ["a.html": "a"])) {
                        $0.redirects = ["old": "/a.html"]
                    }
                    _ = try await perform(step, in: try bucket.context())
                }
                #expect(error?.code == "s3-redirect-refused")
                #expect(error?.help?.contains("`redirects`") == true)
                try await bucket.aws.hurt("CHAOS_S3_URL")
            }
        }

        /// A store that keeps objects private unless each says otherwise, such as DigitalOcean's: the site's files say
        /// so however they come into it, and the runner's own records never do.
        @Test func theRuleOfWhoMayReadGoesWithTheSitesFilesAlone() async throws {
            try await BucketFixture.with(steps: "CHAOS_S3_URL") { bucket in
                // What has no such header is refused, unless it is a record; what has one is refused if it is.
                let rules = [
                    #"{"fault": "denied", "method": "PUT", "path": "^/[^?]*/releases/[^?]*$", "unless": ["x-amz-acl", "public-read"]}"#,
                    #"{"fault": "denied", "method": "POST", "path": "^/[^?]*/releases/[^?]*[?]uploads", "unless": ["x-amz-acl", "public-read"]}"#,
                    #"{"fault": "denied", "path": "/.runner/", "header": "x-amz-acl"}"#,
                ]
                let files = ["a.txt": "a", "b.txt": "b", "big.bin": String(repeating: "0123456789", count: 600_000)]
                let headers: [HeaderRule] = try [
                    .test(["match": "**", "headers": ["x-amz-acl": "public-read"]])
                ]
                func deploy(_ version: String, _ files: [String: String]) async throws -> Sync.Output {
                    let step = try bucket.sync(version, try bucket.site.site("site-\(version)", files)) {
                        $0.headers = headers
                        $0.partSize = ByteCount(5 << 20)
                        $0.redirects = ["old.html": "/a.txt"]
                    }
                    let output = try await perform(step, in: try bucket.context(run: "run-\(version)"))
                    try await bucket.store.record(try .test(version, run: "run-\(version)"))
                    return output
                }
                try await bucket.aws.hurt("CHAOS_S3_URL", rules.joined(separator: ","))
                #expect(try await deploy("v1", files).uploaded == 4)
                let second = try await deploy("v2", files.merging(["new.txt": "new"]) { $1 })
                #expect(second.copied == 4 && second.uploaded == 1)
                // Files of one release in another, as an overlap lays them.
                let (v1, v2) = (try ReleaseVersion("v1"), try ReleaseVersion("v2"))
                let context = try bucket.context(run: "run-o")
                let list = try #require(try await bucket.store.manifest(of: v2, in: context.folder))
                let store = BucketStore(
                    try await context[AWSClientsKey.self].client(in: context).s3(bucket.aws.s3.bucket),
                    prefix: bucket.prefix, clock: SystemClock())
                try await store.copyFiles(namedBy: list, from: v2, into: v1, in: context)
                #expect(try await bucket.keys("releases/v1/").contains("new.txt"))
                #expect(try await bucket.aws.counted("CHAOS_S3_URL", "fault denied") == 0)
                // The rules do refuse: without the header, nothing goes in.
                let error = await describedError {
                    let list = try bucket.site.site("site-v3", ["c.txt": "c"])
                    _ = try await perform(try bucket.sync("v3", list), in: try bucket.context(run: "run-v3"))
                }
                #expect(error?.code == "aws-access-denied")
                try await bucket.aws.hurt("CHAOS_S3_URL")
            }
        }

        /// The document has a row for each, and each has a test.
        @Test func theDocumentNamesEveryStoreThatIsTried() throws {
            let document = try DocumentTests.text("docs/bucket-store.md")
            for name in Set(Self.stores.map(\.name)) {
                #expect(document.contains("\n| \(name) |"), "\(name)")
            }
        }
    }
}
