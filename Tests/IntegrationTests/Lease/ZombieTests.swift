import AWS
import FoundationEssentials
import Glibc
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

extension S3RunFaultTests {
    @Suite struct ZombieTests {
        /// Between two steps: it finds out before it writes anything.
        @Test func oneThatWasStoppedInAStepWritesNothingMore() async throws {
            try await LocalAWS.with { aws in
                let zombie = try await BucketJobs(aws)
                try await aws.hurt("CHAOS_S3_URL", logs: true)
                try zombie.project.folder.write("", to: "one/wait")
                let old = try zombie.start("one", "v1", through: [BucketJobs.s3], BucketJobs.shortLease)
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
                let zombie = try await BucketJobs(aws)
                try zombie.project.folder.write("", to: "one/wait")
                let old = try zombie.start("one", "v1", BucketJobs.shortLease)
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
                    try await aws.log("CHAOS_S3_URL").filter { $0.target.hasSuffix("/.runner/lease.json") }.count
                        >= 6
                }
                #expect(try await zombie.nonce() == nonce)
                unlink(zombie.project.folder["one/wait"].string)
                let ended = try await old.end()
                #expect(ended.code == 0, "\(ended.error)")
                let recovered = try await other.end()
                try await aws.hurt("CHAOS_S3_URL")
                #expect(recovered.code == 75, "\(recovered.error)")
                #expect(recovered.error.contains("another process continues run"), "\(recovered.error)")
                #expect(try await zombie.path() == "/\(zombie.prefix)/releases/v1")
            }
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
