import AWS
import FoundationEssentials
import HTTP
import Logging
import PipelineKit
import PruneStep
import Releases
import Synchronization
import SyncStep
import TestSupport
import Testing

/// A bucket that refuses to delete: a warning says so, the objects stay, and deploys still work.
@Suite struct BucketDeletionTests {
    private let lines = LoggedLines()
    private let v1 = "releases/v1/"

    private func context(_ bucket: BucketFixture, run: String) throws -> StepContext {
        var context = try bucket.context(run: run)
        context.logger = Logger(label: "test") { [lines] _ in lines }
        return context
    }

    private func site(_ bucket: BucketFixture, _ version: String) throws -> String {
        try bucket.site.site("site-\(version)", ["index.html": "page \(version)", "shared.css": "shared"])
    }

    /// - Returns: the warnings.
    @discardableResult
    private func deploy(_ bucket: BucketFixture, _ version: String) async throws -> [String] {
        _ = lines.take()
        let step = try bucket.sync(version, try site(bucket, version))
        #expect(try await perform(step, in: try context(bucket, run: "run-\(version)")).created)
        try await bucket.store.record(try .test(version, run: "run-\(version)"))
        return warnings()
    }

    private func warnings() -> [String] { lines.take().filter { $0.hasPrefix("warning ") } }

    /// Refuses to delete objects with a text in their keys, one by one and many in a call.
    private func refuseDeleting(_ bucket: BucketFixture, _ part: String) {
        bucket.calls.hurt { request in
            var isDoomed = request.method == .delete && request.url.description.contains(part)
            if request.method == .post, request.url.description.contains("delete"), case .bytes(let body) = request.body
            {
                isDoomed = String(decoding: body, as: UTF8.self).contains(part)
            }
            return isDoomed ? (403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>") : nil
        }
    }

    private func trash(_ bucket: BucketFixture) async throws -> [String] { try await bucket.keys(".runner/trash/") }

    /// A lease that tells its holdings apart.
    private struct HeldLease: Lease {
        /// If it was taken from a run that had not given it back, the last moment in which that one can have sent something.
        var lastSigned: ContinuousClock.Instant?
        var holding: LeaseHolding? { LeaseHolding(nonce: "n", lastSigned: lastSigned) }
        func confirm() async throws {}
        func release() async {}
    }

    /// It is another run's by now.
    private struct LostLease: Lease {
        var resource: Resource
        var deadline: LeaseDeadline? { LeaseDeadline { [resource] in throw LeaseLost(resource) } }
        var holding: LeaseHolding? { LeaseHolding(nonce: "n") }
        func confirm() async throws {}
        func release() async {}
    }

    /// Sleeps nothing of what is longer than half a minute, and keeps it.
    private final class NotingClock: RunClock {
        private let slept = Mutex<[Duration]>([])
        var long: [Duration] { slept.withLock(\.self) }
        var now: ContinuousClock.Instant { .now }
        var date: Date { Date() }

        func sleep(for duration: Duration) async throws {
            if duration < .seconds(30) { return try await Task.sleep(for: duration) }
            slept.withLock { $0.append(duration) }
        }

        func limit(_ duration: Duration, _ expired: @escaping @Sendable () -> Void) -> TimeLimit {
            SystemClock().limit(duration, expired)
        }
    }

    /// Whoever was stopped at a deletion may delete until its lease is over.
    @Test func aReleaseThatWasJustRetiredIsMadeAgainALeaseLater() async throws {
        try await BucketFixture.with { bucket in
            try await deploy(bucket, "v1")
            try await bucket.store.move(.manifest(of: ReleaseVersion("v1")), to: .trash(ReleaseVersion("v1")))
            let clock = NotingClock()
            var context = try context(bucket, run: "run-2")
            context.clock = clock
            context.leases = Leases([bucket.store.resource: HeldLease()])
            _ = lines.take()
            let made = try await perform(try bucket.sync("v1", try site(bucket, "v1")), in: context)
            #expect(made.created && clock.long.count == 1)
            let told = lines.take().filter { $0.hasPrefix("notice waiting for") }
            #expect(told.count == 1 && told[0].contains("an earlier release v1"))
            #expect(try await trash(bucket) == [])
        }
    }

    /// Whoever was stopped at a deletion may have sent it and be without its lease by now. The record outlives the run that
    /// finishes the retirement, so that nobody makes the release before the deletion has had its time.
    @Test func aRetirementThatWasTakenOverStaysOnRecord() async throws {
        try await BucketFixture.with { bucket in
            let version = try ReleaseVersion("v1")
            try await deploy(bucket, "v1")
            try await bucket.store.move(.manifest(of: version), to: .trash(version))
            let clock = NotingClock()
            var context = try context(bucket, run: "run-2")
            context.clock = clock
            context.leases = Leases([bucket.store.resource: HeldLease(lastSigned: clock.now)])
            #expect(try await bucket.store.retire(version, in: context) == nil)
            #expect(try await bucket.store.finishRetirements(in: context) == [])
            #expect(try await bucket.keys(v1) == [])
            #expect(try await trash(bucket) == ["v1.jsonl"])
            let made = try await perform(try bucket.sync("v1", try site(bucket, "v1")), in: context)
            #expect(made.created && clock.long.count == 1)
            #expect(try await trash(bucket) == [])
            // What the run retires itself has no other's deletions under way.
            #expect(try await bucket.store.retire(version, in: context) == nil)
            #expect(try await trash(bucket) == [])
        }
    }

    /// The first run that finds it after that deletes it. Without a lease, a run does not know how long to keep it.
    @Test func aRecordOfADeletionThatWasTakenOverGoesWithALaterRun() async throws {
        try await BucketFixture.with { bucket in
            let version = try ReleaseVersion("v1")
            try await deploy(bucket, "v1")
            try await bucket.store.move(.manifest(of: version), to: .trash(version))
            var context = try context(bucket, run: "run-2")
            context.leases = Leases([bucket.store.resource: HeldLease(lastSigned: .now)])
            #expect(try await bucket.store.finishRetirements(in: context) == [])
            #expect(try await trash(bucket) == ["v1.jsonl"])
            context.leases = Leases([bucket.store.resource: HeldLease()])
            #expect(try await bucket.store.finishRetirements(in: context) == [])
            #expect(try await trash(bucket) == ["v1.jsonl"])
            context.leases = Leases([:])
            #expect(try await bucket.store.finishRetirements(in: context) == [])
            #expect(try await trash(bucket) == [])
        }
    }

    /// It may arrive once more, and find the files of the same version that somebody has stored since.
    @Test(arguments: [false, true]) func aDeletionWithoutAnAnswerStaysOnRecord(_ fails: Bool) async throws {
        try await BucketFixture.with { bucket in
            let version = try ReleaseVersion("v1")
            try await deploy(bucket, "v1")
            let clock = NotingClock()
            var context = try context(bucket, run: "run-v1")
            context.clock = clock
            context.leases = Leases([bucket.store.resource: HeldLease()])
            let store = try await bucket.url.open(in: context)
            let tries = Mutex(0)
            bucket.calls.hurt { request in
                guard request.method == .post else { return nil }
                let number = tries.withLock { tries in
                    tries += 1
                    return tries
                }
                return number == 1 || fails ? (504, "") : nil
            }
            if fails {
                await #expect(throws: UnfinishedRetirement.self) { try await store.retire(version, in: context) }
                bucket.calls.heal()
                #expect(try await store.retire(version, in: context) == nil)
            } else {
                #expect(try await store.retire(version, in: context) == nil)
            }
            #expect(tries.withLock(\.self) > 1)
            #expect(try await bucket.keys(v1) == [])
            #expect(try await trash(bucket) == ["v1.jsonl"])
            let made = try await perform(try bucket.sync("v1", try site(bucket, "v1")), in: context)
            #expect(made.created && clock.long.count == 1)
            #expect(try await trash(bucket) == [])
            #expect(try await bucket.keys(v1) == ["index.html", "shared.css"])
        }
    }

    /// The release may be another run's: nobody is told how to delete it by hand.
    @Test func whoHasLostTheLeaseOffersNoDeletion() async throws {
        try await BucketFixture.with { bucket in
            let version = try ReleaseVersion("v1")
            try await deploy(bucket, "v1")
            var context = try context(bucket, run: "run-2")
            context.leases = Leases([bucket.store.resource: LostLease(resource: bucket.store.resource)])
            let store = try await bucket.url.open(in: context)
            await #expect(throws: LeaseLost.self) { try await store.retire(version, in: context) }
            #expect(try await bucket.store.isComplete(version))
        }
    }

    @Test func whatMayNotBeDeletedStopsNoDeploy() async throws {
        try await BucketFixture.with { bucket in
            try await deploy(bucket, "v1")
            try await bucket.store.move(.manifest(of: ReleaseVersion("v1")), to: .trash(ReleaseVersion("v1")))
            refuseDeleting(bucket, v1)
            let told = try await deploy(bucket, "v2")
            #expect(
                told.count == 1
                    && told[0].hasPrefix("warning release v1 is not deleted: the object store refused DeleteObjects"))
            let place = "s3://\(bucket.aws.s3.bucket)/\(bucket.prefix)/"
            let command = "`aws s3 rm --recursive \(place)releases/v1/ && aws s3 rm \(place).runner/trash/v1.jsonl`"
            #expect(told[0].contains("the next deploy and `prune` try again") && told[0].contains(command), "\(told)")
            #expect(try await trash(bucket) == ["v1.jsonl"])
            #expect(try await bucket.keys(v1) == ["index.html", "shared.css"])
            bucket.calls.heal()
            #expect(try await deploy(bucket, "v3") == [])
            #expect(try await trash(bucket) == [])
            #expect(try await bucket.keys(v1) == [])
        }
    }

    @Test func oneReleaseKeepsNoOtherFromGoing() async throws {
        try await BucketFixture.with { bucket in
            for version in ["v1", "v2", "v3"] { try await deploy(bucket, version) }
            let prune = try Prune(.test(["store": .text(bucket.store.resource.url), "keep": 1, "min-age": "0s"]))
            refuseDeleting(bucket, v1)
            let output = try await perform(prune, in: try context(bucket, run: "run-p"))
            #expect(output.deleted == 1 && output.failed == 1 && output.kept == 1)
            #expect(warnings().map { $0.contains("release v1 is not deleted: ") } == [true])
            #expect(try await bucket.keys(".runner/manifests/") == ["v3.jsonl"])
            #expect(try await trash(bucket) == ["v1.jsonl"])
            #expect(try await bucket.keys("releases/v2/") == [])
            #expect(try await bucket.keys(v1) != [])
            #expect(try await deploy(bucket, "v4").count == 1)
            bucket.calls.heal()
            _ = try await perform(prune, in: try context(bucket, run: "run-q"))
            #expect(try await trash(bucket) == [])
            #expect(try await bucket.keys(v1) == [])
        }
    }

    /// A failure that may pass by itself is a reason for a retry, after the other releases are deleted.
    @Test func whatMayPassIsTriedAgain() async throws {
        try await BucketFixture.with { bucket in
            for version in ["v1", "v2", "v3"] { try await deploy(bucket, version) }
            let prune = try Prune(.test(["store": .text(bucket.store.resource.url), "keep": 1, "min-age": "0s"]))
            let v1 = v1
            bucket.calls.hurt { request in
                guard request.method == .post, case .bytes(let body) = request.body,
                    String(decoding: body, as: UTF8.self).contains(v1)
                else { return nil }
                let error = "<Error><Key>\(v1)</Key><Code>InternalError</Code></Error>"
                return (200, "<DeleteResult>\(error)</DeleteResult>")
            }
            let context = try context(bucket, run: "run-p")
            let before = try #require(try await before(prune, in: context))
            let error = await describedError { _ = try await prune.run(from: before, in: context) }
            #expect(error?.retryClass == .network && error?.message.contains("release v1 is not deleted: ") == true)
            #expect(try await bucket.keys("releases/v2/") == [])
            bucket.calls.heal()
            #expect(try await prune.run(from: before, in: context).deleted == 2)
            #expect(try await bucket.keys(v1) == [])
        }
    }

    @Test func aRollbackThatMayNotDeleteEnds() async throws {
        try await BucketFixture.with { bucket in
            let step = try bucket.sync("v1", try site(bucket, "v1"))
            let context = try context(bucket, run: "run-1")
            let state = try #require(try await before(step, in: context))
            _ = try await step.run(from: state, in: context)
            _ = lines.take()
            refuseDeleting(bucket, v1)
            for _ in 1...2 {
                try await step.rollback(to: state, in: context)
                #expect(warnings().map { $0.contains("release v1 is not deleted: ") } == [true])
            }
            #expect(try await trash(bucket) == ["v1.jsonl"])
            #expect(try await bucket.keys(".runner/manifests/") == [])
            #expect(try await deploy(bucket, "v2").count == 1)
            // Its leftovers block that version alone.
            let again = await describedError { try await deploy(bucket, "v1") }
            #expect(again?.code == "aws-access-denied" && again?.help?.contains("aws s3 rm --recursive") == true)
            bucket.calls.heal()
            #expect(try await deploy(bucket, "v1") == [])
        }
    }

    /// A retirement that stopped between the two records of a release.
    @Test func aManifestThatMayNotBeDeletedStopsNoDeploy() async throws {
        try await BucketFixture.with { bucket in
            let step = try bucket.sync("v1", try site(bucket, "v1"))
            let context = try context(bucket, run: "run-1")
            let state = try #require(try await before(step, in: context))
            _ = try await step.run(from: state, in: context)
            refuseDeleting(bucket, ".runner/manifests/v1")
            try await step.rollback(to: state, in: context)
            // It counts as complete, and so its files are there.
            #expect(try await bucket.keys(".runner/manifests/") == ["v1.jsonl"])
            #expect(try await trash(bucket) == ["v1.jsonl"])
            #expect(try await deploy(bucket, "v2").count == 1)
            #expect(try await bucket.keys(v1).count == 2)
            bucket.calls.heal()
            #expect(try await deploy(bucket, "v3") == [])
            #expect(try await bucket.keys(".runner/manifests/") == ["v2.jsonl", "v3.jsonl"])
            #expect(try await trash(bucket) == [])
            #expect(try await bucket.keys(v1) == [])
        }
    }
}
