import AWS
import FoundationEssentials
import HTTP
import Logging
import PipelineKit
import Releases
import SwitchOriginStep
import Synchronization
import TestSupport
import Testing

/// A run that has taken a lease over, and a write of the run that had it before, which arrives late. CloudFront may give a
/// new ETag to a configuration that is written back unchanged, or leave it: both are tried.
@Suite(.serialized) struct FencedSwitchTests {
    /// A lease that was taken over, with the moment until which its holder before may have signed.
    private struct TakenOver: Lease {
        var lastSigned: ContinuousClock.Instant
        var holding: LeaseHolding? {
            let owner = LeaseOwner(runID: "old", pipeline: "deploy", host: "h", processID: 1, since: "2026")
            return LeaseHolding(nonce: "n", takenOver: owner, lastSigned: lastSigned)
        }
        func confirm() async throws {}
        func release() async {}
    }

    /// Does something once, at the first sleep of more than a minute, which then ends.
    private final class WaitClock: RunClock {
        private let slept = Mutex((all: Duration.zero, long: [Duration]()))
        private let duringWait: @Sendable () async throws -> Void

        init(duringWait: @escaping @Sendable () async throws -> Void) { self.duringWait = duringWait }

        var longSleeps: [Duration] { slept.withLock(\.long) }
        var now: ContinuousClock.Instant { ContinuousClock.now + slept.withLock(\.all) }
        var date: Date { Date() }

        func sleep(for duration: Duration) async throws {
            if duration > .seconds(60) {
                try await duringWait()
                slept.withLock { $0.long.append(duration) }
            }
            slept.withLock { $0.all += duration }
            try await Task.sleep(for: min(duration, .milliseconds(10)))
        }

        func limit(_ duration: Duration, _ expired: @escaping @Sendable () -> Void) -> TimeLimit {
            SystemClock().limit(duration, expired)
        }
    }

    private func keepETag(_ site: DistributionFixture, _ keeps: Bool) async throws {
        let url = try HTTPURL(site.aws.bed.url("EDGE_CONTROL_URL")).with(target: "/__testbed/settings")
        let body = #"{"keeps_etag": [\#(keeps ? "\"\(site.distribution)\"" : "")]}"#
        let response = try await site.aws.transport.send(HTTPRequest(.put, url, body: .bytes(Array(body.utf8))))
        try #require(response.status == 200)
    }

    /// What the old holder has signed before it lost the lease: it rests on what it had seen.
    private func staleWrite(
        _ site: DistributionFixture, to version: String
    ) async throws -> @Sendable () async throws -> UpdateOutcome {
        let seen = try await site.aws.cloudFront.getDistributionConfig(site.distribution)
        let path = try OriginPath("/\(site.prefix)/releases/\(version)")
        let bytes = try seen.replacingOriginPath(ofOrigin: "site", with: path)
        let (cloudFront, distribution) = (site.aws.cloudFront, site.distribution)
        return { try await cloudFront.updateDistribution(distribution, config: bytes, ifMatch: seen.etag) }
    }

    private func context(
        _ site: DistributionFixture, _ run: String, _ clock: WaitClock, _ lines: LoggedLines = LoggedLines()
    ) throws -> StepContext {
        var context = try site.context(
            run: run, leases: Leases([site.store.resource: TakenOver(lastSigned: clock.now)]))
        context.clock = clock
        context.logger = Logger(label: "test") { _ in lines }
        return context
    }

    /// Also if there is nothing to change: the release is live already, and must stay.
    @Test(arguments: ["v1", "v2"]) func aNewETagKeepsTheStaleWriteOut(_ version: String) async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1", "v2", "v3")
            try await site.deploy("v1", run: "run-1")
            let late = try await staleWrite(site, to: "v3")
            let clock = WaitClock {}
            let output = try await perform(try site.switchOrigin(version), in: try context(site, "run-2", clock))
            #expect(output.changed == (version == "v2") && clock.longSleeps.isEmpty)
            #expect(try await late() == .stale(mayHaveBeenApplied: false))
            #expect(try await site.path() == "/releases/\(version)")
        }
    }

    @Test func anETagThatStaysIsWaitedOut() async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1", "v2", "v3")
            try await site.deploy("v1", run: "run-1")
            try await keepETag(site, true)
            let late = try await staleWrite(site, to: "v3")
            let arrived = Mutex<UpdateOutcome?>(nil)
            // CloudFront takes it as long as its date is not too old, and the run sees it then.
            let clock = WaitClock {
                let outcome = try await late()
                arrived.withLock { $0 = outcome }
            }
            let lines = LoggedLines()
            let run = try context(site, "run-2", clock, lines)
            let code = await errorCode { _ = try await perform(try site.switchOrigin("v2"), in: run) }
            guard case .updated = arrived.withLock({ $0 }) else {
                Issue.record("the late write did not arrive: \(String(describing: arrived.withLock { $0 }))")
                return
            }
            #expect(code == "changed-meanwhile")
            #expect(clock.longSleeps.count == 1 && clock.longSleeps[0] > .seconds(120))
            let told = lines.take().filter { $0.hasPrefix("notice waiting for 5m") }
            #expect(told.count == 1 && told[0].contains("may have sent a change of \(site.distribution)"))
            #expect(try await site.path() == "/releases/v3")
            try await keepETag(site, false)
        }
    }

    /// One that nobody has sent costs the wait, and nothing else.
    @Test func afterTheWaitTheSwitchIsMade() async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1", "v2")
            try await site.deploy("v1", run: "run-1")
            try await keepETag(site, true)
            let clock = WaitClock {}
            let run = try context(site, "run-2", clock)
            let output = try await perform(try site.switchOrigin("v2"), in: run)
            #expect(output.changed && clock.longSleeps.count == 1)
            // The wait is for a moment, and that is over.
            let state = try #require(try await before(try site.switchOrigin("v2"), in: run))
            _ = try await site.switchOrigin("v2").run(from: state, in: run)
            #expect(clock.longSleeps.count == 1)
            #expect(try await site.path() == "/releases/v2")
            try await keepETag(site, false)
        }
    }

    /// A switch that was interrupted is taken back: what it had sent must not arrive after that.
    @Test(arguments: [false, true]) func aRollbackFencesAsWell(_ keeps: Bool) async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1", "v2")
            try await site.deploy("v1", run: "run-1")
            try await keepETag(site, keeps)
            let step = try site.switchOrigin("v2")
            let killed = try site.context(run: "run-2")
            let state = try #require(try await before(step, in: killed))
            // It was killed after its record, with its write under way.
            let deployment = Deployment(
                version: try ReleaseVersion("v2"), previous: try ReleaseVersion("v1"), pointer: site.pointer,
                runID: "run-2", pipeline: "test", commit: nil, at: "2026-01-01T00:00:00Z",
                runStartedAt: "2026-01-01T00:00:00Z", origin: RunOrigin(person: nil, jobURL: nil))
            try await site.store.record(deployment)
            let late = try await staleWrite(site, to: "v2")
            let clock = WaitClock { _ = try await late() }
            try await step.rollback(to: state, in: try context(site, "run-2", clock))
            if !keeps { #expect(try await late() == .stale(mayHaveBeenApplied: false)) }
            #expect(clock.longSleeps.count == (keeps ? 1 : 0))
            #expect(try await site.path() == "/releases/v1")
            try await keepETag(site, false)
        }
    }
}
