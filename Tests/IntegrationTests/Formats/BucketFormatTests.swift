import AWS
import Digest
import FoundationEssentials
import HTTP
import ObjectStorage
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// Bucket stores of every format that was ever written, with the runs that belong to them: as `FolderFormatTests`.
@Suite struct BucketFormatTests {
    /// A store of a fixture in the bed's bucket, and a distribution that is at its v4.
    private struct Site {
        let aws: LocalAWS
        let project: CommandProject
        let prefix: String
        let distribution: String

        /// An object as `objects.jsonl` has it.
        private struct Object: Decodable {
            var key: String
            var contentType: String?
            var cacheControl: String?
            var contentEncoding: String?

            enum CodingKeys: String, CodingKey {
                case key, contentType = "content-type", cacheControl = "cache-control",
                    contentEncoding = "content-encoding"
            }
        }

        static func with<Result>(_ format: Int, _ body: (Site) async throws -> Result) async throws -> Result {
            try await LocalAWS.with { aws in
                let prefix = String(LocalAWS.prefix("format").dropLast())
                let site = Site(
                    aws: aws, project: try CommandProject(), prefix: prefix,
                    distribution: try await aws.makeDistribution(
                        path: "/\(prefix)/releases/v4", alias: "\(prefix).localhost"))
                try await site.begin(format)
                return try await body(site)
            }
        }

        private func begin(_ format: Int) async throws {
            let folder = project.folder.path
            try FormatFixture.copy(
                FormatFixture.path(format, "bucket"), to: folder,
                replacing: [
                    FormatFixture.project: folder.string, "site-bucket": aws.s3.bucket, "fixture-prefix": prefix,
                    "NLANX7EBGF8N2": distribution,
                ])
            for line in try project.text("objects.jsonl").split(separator: "\n") {
                let object = try JSONDecoder().decode(Object.self, from: Data(line.utf8))
                let bytes = try DurableFile.read(folder.appending("objects").pushing(FilePath(object.key)))
                var headers = ObjectHeaders()
                headers.contentType = object.contentType
                headers.cacheControl = object.cacheControl
                headers.contentEncoding = object.contentEncoding
                try await aws.s3.putObject(
                    "\(prefix)/\(object.key)", .bytes(bytes), sha256: SHA256.hash(bytes), headers: headers)
            }
            #expect(try await live() == "v4")
        }

        func runner(_ arguments: String...) async throws -> Said {
            try await project.runner(arguments + ["--state", "state"], environment: aws.bed.environment)
        }

        func deploy(_ release: String) async throws -> Said {
            try await runner(
                "run", "deploy.yml", "-i", "release=\(release)", "-i", "bucket=\(aws.s3.bucket)", "-i",
                "prefix=\(prefix)", "-i", "distribution=\(distribution)")
        }

        func live() async throws -> String {
            try await aws.cloudFront.getDistributionConfig(distribution).origin(named: "site").path
                .replacing("/\(prefix)/releases/", with: "")
        }

        /// Below the store, by the bytes of the key.
        func keys(_ path: String) async throws -> [String] {
            var keys: [String] = []
            for try await page in aws.s3.listObjects(prefix: "\(prefix)/\(path)") {
                keys += page.objects.map { String($0.key.dropFirst("\(prefix)/\(path)".count)) }
            }
            return keys.sorted()
        }

        func format() async throws -> String? {
            try await aws.s3.getObject("\(prefix)/.runner/store.json", maximumBytes: 1 << 10).map {
                String(decoding: $0.bytes, as: UTF8.self)
            }
        }
    }

    private static let written = "{\"format\":2,\"oldestRunner\":\"0.1.0\"}\n"
    private static let raised = "has format 2 from now on: runners older than 0.1.0 must not write to it any more"

    @Test(arguments: FormatFixture.formats) func runsAreRecoveredAndTakenBack(_ format: Int) async throws {
        let began = ContinuousClock.now
        try await Site.with(format) { site in
            let said = try await site.runner("recover")
            #expect(said.code == 1, "\(said.error)")
            #expect(try await site.live() == "v5")
            #expect(try await site.keys(".runner/manifests/") == ["v1.jsonl", "v2.jsonl", "v4.jsonl", "v5.jsonl"])
            #expect(try await site.keys(".runner/incoming/") == [])
            // A dead run had begun to delete v6: a request of it may arrive for as long as a lease lasts.
            let isRecent = began.duration(to: .now) < .seconds(60)
            let trash = try await site.keys(".runner/trash/")
            #expect(trash == ["v6.jsonl"] || !isRecent && trash == [])
            #expect(try await site.keys("releases/v6/") == [])
            #expect(try await site.keys("releases/v5/").contains("index.html"))
            #expect(try await site.format() == Self.written)
            #expect(said.error.components(separatedBy: Self.raised).count == (format == 1 ? 2 : 1), "\(said.error)")
            let back = try await site.runner("rollback")
            #expect(back.code == 0, "\(back.error)")
            #expect(try await site.live() == "v4")
            let to = try await site.runner("rollback", "--to", "v1")
            #expect(to.code == 0, "\(to.error)")
            #expect(try await site.live() == "v1")
        }
    }

    @Test(arguments: FormatFixture.formats) func releasesArePrunedAndDeploysGoOn(_ format: Int) async throws {
        try await Site.with(format) { site in
            try site.project.folder.write(
                """
                version: 1
                name: prune
                # A run that has the store's lease would finish those that did not end first.
                concurrency: none
                steps:
                  - uses: prune
                    with: { store: "s3://\(site.aws.s3.bucket)/\(site.prefix)", keep: 1, min-age: 0s }
                    rollback: false

                """, to: "prune.yml")
            let pruned = try await site.runner("run", "prune.yml")
            #expect(pruned.code == 0, "\(pruned.error)")
            let manifests = try await site.keys(".runner/manifests/")
            #expect(manifests == ["v2.jsonl", "v4.jsonl"], "\(pruned.error)")
            #expect(try await site.keys(".runner/incoming/") == [])
            #expect(try await site.keys(".runner/trash/") == [])
            #expect(try await Set(site.keys("releases/").map { $0.prefix(2) }) == ["v2", "v4"])
            #expect(try await site.format() == (format == 1 ? nil : Self.written))
            try site.project.folder.write(
                try site.project.text("deploy.yml") + "\nconcurrency: none\n", to: "deploy.yml")
            let said = try await site.deploy("v7")
            #expect(said.code == 0, "\(said.error)")
            #expect(try await site.live() == "v7")
            #expect(said.error.contains(Self.raised) == (format == 1), "\(said.error)")
            #expect(try await site.format() == Self.written)
        }
    }
}
