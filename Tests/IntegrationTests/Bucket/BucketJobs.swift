import AWS
import FoundationEssentials
import Glibc
import ObjectStorage
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// Two jobs that deploy into one bucket, and to one distribution, as if on two machines.
///
/// Each has a folder of its own, `one` and `two`, and makes releases of other bytes and other headers. They call the proxies by
/// names of their own, so that the proxies' logs tell them apart.
struct BucketJobs: Sendable {
    let project: CommandProject
    let aws: LocalAWS
    let prefix: String
    let distribution: String
    private let token: String

    /// The lease of a job that is stopped or killed. The other one's is as long as everybody's.
    static let shortLease = ["RUNNER_LEASE_SECONDS": "6"]
    static let s3 = (proxy: "CHAOS_S3_URL", variable: "AWS_ENDPOINT_URL_S3")
    static let cloudFront = (proxy: "CHAOS_CLOUDFRONT_URL", variable: "AWS_ENDPOINT_URL_CLOUDFRONT")

    init(_ aws: LocalAWS) async throws {
        self.aws = aws
        project = try CommandProject()
        token = RandomSource.system.hexadecimal(digits: 8)
        prefix = "jobs-\(token)"
        distribution = try await aws.makeDistribution(path: "/old")
        for (number, job) in ["one", "two"].enumerated() {
            try project.folder.write(
                """
                version: 1
                name: deploy
                inputs:
                  release: { type: string }
                  fail: { type: boolean, default: false }
                with: { store: "s3://\(aws.s3.bucket)/\(prefix)", distribution: \(distribution) }
                steps:
                  - { uses: hash, with: { source: site } }
                  - { uses: exec, with: { run: "touch before; while test -e wait; do sleep 0.05; done" }, rollback: false }
                  - uses: sync
                    with:
                      version: "${{ inputs.release }}"
                      part-size: 5MiB
                      headers: [{ match: "**", cache-control: "\(Self.cacheControl(of: number))" }]
                  - { uses: exec, if: inputs.fail, with: { run: "exit 1" }, rollback: false }
                  - { uses: switch-origin, with: { version: "${{ inputs.release }}", allow-older: true } }

                """, to: "\(job)/deploy.yml")
            for page in ["index.html", "same.html"] {
                try project.folder.write("<html>\(page) of \(job)</html>\n", to: "\(job)/site/\(page)")
            }
        }
    }

    static func cacheControl(of job: Int) -> String { "max-age=\(job + 1)" }

    /// A file for each of the two that is sent in two parts, of the same size and of other bytes.
    func writeLargeFiles() throws {
        for job in ["one", "two"] {
            let text = String(repeating: "\(job): a line of a large file\n", count: (6 << 20) / 30)
            try project.folder.write(text, to: "\(job)/site/large.bin")
        }
    }

    /// What a job calls a proxy by.
    func host(of job: String) -> String { "\(job)-\(token).localhost" }

    /// The address of a proxy as a job calls it.
    private func endpoint(_ proxy: String, of job: String) -> String {
        aws.bed.url(proxy).replacing("127.0.0.1", with: host(of: job))
    }

    /// - Parameter proxies: those between the job and its servers.
    func start(
        _ job: String, _ release: String, fails: Bool = false,
        through proxies: [(proxy: String, variable: String)] = [],
        _ environment: [String: String] = [:]
    ) throws -> RunnerProcess {
        var environment = aws.bed.environment.merging(environment) { $1 }
        for (proxy, variable) in proxies { environment[variable] = endpoint(proxy, of: job) }
        return try project.start(
            "run", "deploy.yml", "-v", "-i", "release=\(release)", "-i", "fail=\(fails)", environment: environment,
            in: job)
    }

    var store: BucketStore { BucketStore(aws.s3, prefix: prefix, clock: SystemClock()) }

    /// A proxy's rule that holds requests of the job `one` until `release` is called.
    func hold(_ selectors: String) -> String {
        let until = project.folder["released"].string
        return #"{"fault": "latency", "host": "^\#(host(of: "one"))", \#(selectors), "until": "\#(until)"}"#
    }

    func release() throws { try project.folder.write("", to: "released") }

    func path() async throws -> String {
        try await aws.cloudFront.getDistributionConfig(distribution).origin(named: "site").path
    }

    /// The owner's run and the nonce that the lease's record has now.
    func nonce() async throws -> String? {
        struct Record: Decodable { var nonce: String }
        guard let bytes = try await store.read(.lease) else { return nil }
        return try JSONDecoder().decode(Record.self, from: Data(bytes)).nonce
    }

    /// A release's objects as they are, with everything that a reader gets of them.
    func objects(of release: String) async throws -> [ObjectInfo] {
        let below = "\(prefix)/releases/\(release)/"
        var objects: [ObjectInfo] = []
        for try await page in aws.s3.listObjects(prefix: below) {
            for object in page.objects {
                guard var info = try await aws.s3.headObject(object.key) else { continue }
                // Of the reply, and not of the object.
                info.date = nil
                objects.append(info)
            }
        }
        return objects
    }

    /// The keys of uploads in parts that were begun and neither joined nor aborted.
    func pendingUploads() async throws -> [String] {
        try await aws.s3.listMultipartUploads(prefix: prefix + "/").map(\.key)
    }

    /// Expects a release to be what its manifest says, and to be visited.
    func expectWhole(_ release: String, _ comment: String) async throws {
        let version = try ReleaseVersion(release)
        let manifest = try await store.manifest(of: version, in: project.folder.path)
        let wanted = try #require(manifest, "\(release) has no manifest: \(comment)")
        let check = try await store.check(version, against: wanted, nil, .full, in: project.folder.path)
        #expect(check.isComplete, "\(check.text) \(comment)")
        #expect(try await path() == "/\(prefix)/releases/\(release)", "\(comment)")
    }
}
