import AWS
import FoundationEssentials
import Glibc
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// A runner that is stopped for so long that another one takes its lease, and that then continues.
///
/// A round counts only if the proxy's log shows that what it had sent arrived after the takeover.
struct Zombie {
    let project: CommandProject
    let aws: LocalAWS
    let prefix: String
    let distribution: String

    /// The zombie's lease. The other runner's is as long as everybody's.
    static let shortLease = ["RUNNER_LEASE_SECONDS": "6"]

    init(_ aws: LocalAWS) async throws {
        self.aws = aws
        project = try CommandProject()
        prefix = String(LocalAWS.prefix("zombie").dropLast())
        distribution = try await aws.makeDistribution(path: "/old")
        for (job, text) in [("one", "the stale one"), ("two", "the fresh one")] {
            try project.folder.write(
                """
                version: 1
                name: deploy
                inputs:
                  release: { type: string }
                with: { store: "s3://\(aws.s3.bucket)/\(prefix)", distribution: \(distribution) }
                steps:
                  - { uses: hash, with: { source: site } }
                  - { uses: exec, with: { run: "touch before; while test -e wait; do sleep 0.05; done" }, rollback: false }
                  - { uses: sync, with: { version: "${{ inputs.release }}" } }
                  - { uses: switch-origin, with: { version: "${{ inputs.release }}", allow-older: true } }

                """, to: "\(job)/deploy.yml")
            try project.folder.write("<html>\(text)</html>\n", to: "\(job)/site/index.html")
        }
    }

    func start(_ job: String, _ release: String, _ environment: [String: String] = [:]) throws -> RunnerProcess {
        try project.start(
            "run", "deploy.yml", "-v", "-i", "release=\(release)",
            environment: aws.bed.environment.merging(environment) { $1 }, in: job)
    }

    var store: BucketStore { BucketStore(aws.s3, prefix: prefix, clock: SystemClock()) }

    /// A proxy's rule that holds requests until `release` is called.
    func hold(_ selectors: String) -> String {
        #"{"fault": "latency", \#(selectors), "until": "\#(project.folder["released"].string)"}"#
    }

    func release() throws { try project.folder.write("", to: "released") }

    /// Starts the one that becomes a zombie.
    func startZombie(_ release: String, through proxies: [String: String]) throws -> RunnerProcess {
        let endpoints = proxies.mapValues { aws.bed.url($0) }
        return try start("one", release, Self.shortLease.merging(endpoints) { $1 })
    }

    func path() async throws -> String {
        try await aws.cloudFront.getDistributionConfig(distribution).origin(named: "site").path
    }

    /// The owner's run and the nonce that the lease's record has now.
    func nonce() async throws -> String? {
        struct Record: Decodable { var nonce: String }
        guard let bytes = try await store.read(.lease) else { return nil }
        return try JSONDecoder().decode(Record.self, from: Data(bytes)).nonce
    }
}

extension S3FaultTests {
    @Suite struct ZombieTests {
        /// Between two steps: it finds out before it writes anything.
        @Test func oneThatWasStoppedInAStepWritesNothingMore() async throws {
            try await LocalAWS.with { aws in
                let zombie = try await Zombie(aws)
                try await aws.hurt("CHAOS_S3_URL", logs: true)
                try zombie.project.folder.write("", to: "one/wait")
                let old = try zombie.startZombie("v1", through: ["AWS_ENDPOINT_URL_S3": "CHAOS_S3_URL"])
                try await zombie.project.waitFor("one/before")
                old.signal(SIGSTOP)
                let new = try await zombie.start("two", "v2").end()
                #expect(new.code == 0, "\(new.error)")
                let takenOver = Date().timeIntervalSince1970
                unlink(zombie.project.folder["one/wait"].string)
                old.signal(SIGCONT)
                let ended = try await old.end()
                // The other runner has also finished its run: its next record loses.
                #expect(ended.code == 75 && ended.error.contains("another process continues run"), "\(ended.error)")
                let log = try await aws.log("CHAOS_S3_URL")
                try await aws.hurt("CHAOS_S3_URL")
                let later = log.filter { $0.begin > takenOver && ["PUT", "POST", "DELETE"].contains($0.method) }
                // It has asked for its lease, and for its next record, and was refused.
                #expect(later.contains { $0.target.hasSuffix("lease.json") }, "\(log)")
                let isOwn = { (target: String) in target.hasSuffix("lease.json") || target.contains("/.runner/runs/") }
                #expect(later.allSatisfy { isOwn($0.target) && $0.status == 412 }, "\(later)")
                #expect(try await zombie.path() == "/\(zombie.prefix)/releases/v2")
                #expect(try await zombie.store.read(.manifest(of: ReleaseVersion("v1"))) == nil)
            }
        }

        /// Somebody who finds its journal in the store, on another machine, waits for its lease.
        @Test func oneThatIsAtWorkIsNotTakenFromItsMachine() async throws {
            try await LocalAWS.with { aws in
                let zombie = try await Zombie(aws)
                try zombie.project.folder.write("", to: "one/wait")
                let old = try zombie.startZombie("v1", through: [:])
                try await zombie.project.waitFor("one/before")
                let nonce = try await zombie.nonce()
                try await aws.hurt("CHAOS_S3_URL", logs: true)
                let other = try zombie.project.start(
                    "recover", "--store", "s3://\(aws.s3.bucket)/\(zombie.prefix)",
                    environment: aws.bed.environment.merging(["AWS_ENDPOINT_URL_S3": aws.bed.url("CHAOS_S3_URL")]) {
                        $1
                    },
                    in: "two")
                // Longer than the lease lasts without a renewal.
                try await waitUntil {
                    try await aws.log("CHAOS_S3_URL").filter { $0.target.hasSuffix("/.runner/lease.json") }.count >= 6
                }
                #expect(try await zombie.nonce() == nonce)
                unlink(zombie.project.folder["one/wait"].string)
                let ended = try await old.end()
                #expect(ended.code == 0, "\(ended.error)")
                let recovered = try await other.end()
                try await aws.hurt("CHAOS_S3_URL")
                #expect(recovered.code == 3, "\(recovered.error)")
                #expect(recovered.error.contains("another process continues run"), "\(recovered.error)")
                #expect(try await zombie.path() == "/\(zombie.prefix)/releases/v1")
            }
        }

        /// Its file is under way while another runner makes the same release of other bytes, and seals it.
        @Test func aFileUnderWayDoesNotChangeASealedRelease() async throws {
            try await LocalAWS.with { aws in
                let zombie = try await Zombie(aws)
                try await aws.hurt(
                    "CHAOS_S3_URL", logs: true, zombie.hold(#""method": "PUT", "path": "/releases/v1/index.html""#))
                let old = try zombie.startZombie("v1", through: ["AWS_ENDPOINT_URL_S3": "CHAOS_S3_URL"])
                try await waitUntil { try await aws.met("CHAOS_S3_URL") > 0 }
                old.signal(SIGSTOP)
                let new = try await zombie.start("two", "v1").end()
                #expect(new.code == 0, "\(new.error)")
                let sealed = Date().timeIntervalSince1970
                try zombie.release()
                try await waitUntil { try await arrived(aws).isEmpty == false }
                old.signal(SIGCONT)
                let ended = try await old.end()
                // The other runner has taken its upload back, and what else it left is in that one's hands.
                #expect(ended.code == 3 && ended.error.contains("another process continues"), "\(ended.error)")
                let late = try await arrived(aws)
                try await aws.hurt("CHAOS_S3_URL")
                try #require(late.first.map { $0.begin > sealed } == true, "it did not arrive late: \(late)")
                #expect(late.allSatisfy { $0.status == 412 }, "\(late)")
                let manifest = try await zombie.store.manifest(
                    of: ReleaseVersion("v1"), in: zombie.project.folder.path)
                let check = try await zombie.store.check(
                    ReleaseVersion("v1"), against: try #require(manifest), nil, .full, in: zombie.project.folder.path)
                #expect(check.isComplete, "\(check.text)")
                #expect(try await zombie.path() == "/\(zombie.prefix)/releases/v1")
            }
        }

        private func arrived(_ aws: LocalAWS) async throws -> [LocalAWS.LoggedRequest] {
            try await aws.log("CHAOS_S3_URL").filter {
                $0.method == "PUT" && $0.target.contains("/releases/v1/index.html")
            }
        }
    }
}

extension CloudFrontFaultTests {
    @Suite struct ZombieTests {
        /// Its switch is under way while another runner takes the lease and switches.
        @Test func aSwitchUnderWayIsRefusedAfterTheTakeover() async throws {
            try await LocalAWS.with { aws in
                let zombie = try await Zombie(aws)
                try await aws.hurt(
                    "CHAOS_CLOUDFRONT_URL", logs: true, zombie.hold(#""method": "PUT", "path": "/config""#))
                let old = try zombie.startZombie(
                    "v1", through: ["AWS_ENDPOINT_URL_CLOUDFRONT": "CHAOS_CLOUDFRONT_URL"])
                try await waitUntil { try await aws.met("CHAOS_CLOUDFRONT_URL") > 0 }
                old.signal(SIGSTOP)
                let before = try await zombie.nonce()
                let new = try await zombie.start("two", "v2").end()
                #expect(new.code == 0, "\(new.error)")
                #expect(try await zombie.nonce() != before)
                let switched = Date().timeIntervalSince1970
                try zombie.release()
                try await waitUntil { try await writes(aws).isEmpty == false }
                old.signal(SIGCONT)
                let ended = try await old.end()
                #expect([1, 3].contains(ended.code), "\(ended.error)")
                let late = try await writes(aws)
                try await aws.hurt("CHAOS_CLOUDFRONT_URL")
                try #require(late.first.map { $0.begin > switched } == true, "it did not arrive late: \(late)")
                #expect(late.allSatisfy { [400, 412].contains($0.status) }, "\(late)")
                #expect(try await zombie.path() == "/\(zombie.prefix)/releases/v2")
            }
        }

        private func writes(_ aws: LocalAWS) async throws -> [LocalAWS.LoggedRequest] {
            try await aws.log("CHAOS_CLOUDFRONT_URL").filter { $0.method == "PUT" }
        }
    }
}

/// Waits for a condition, for two minutes at most.
func waitUntil(_ condition: () async throws -> Bool) async throws {
    let limit = ContinuousClock.now + .seconds(120)
    while try await !condition() {
        guard ContinuousClock.now < limit else { throw StepError("not-reached", "what was waited for did not happen") }
        try await Task.sleep(for: .milliseconds(100))
    }
}
