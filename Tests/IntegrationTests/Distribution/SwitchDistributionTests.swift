import AWS
import Logging
import PipelineKit
import Releases
import SwitchOriginStep
import TestSupport
import Testing

/// `switch-origin` on a distribution, against SeaweedFS and a CloudFront that is strict about ETags.
@Suite struct SwitchDistributionTests {
    @Test func pointsTheOriginAndWritesItDown() async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1", "v2")
            let first = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-1"))
            #expect(first.changed && first.previous == nil && first.path == "/\(site.prefix)/releases/v1")
            let second = try await perform(try site.switchOrigin("v2"), in: try site.context(run: "run-2"))
            #expect(second.changed && second.previous == "v1")
            #expect(try await site.path() == "/releases/v2")
            #expect(try await site.aws.cloudFront.getDistribution(site.distribution).isDeployed)
            let deployments = try await site.store.deployments()
            #expect(deployments.map(\.version.name) == ["v2", "v1"] && deployments.first?.pointer == site.pointer)
            let pointer = try await DistributionPointer.open(site.pointer, of: site.store, in: site.context())
            #expect(try await pointer?.servedRelease()?.name == "v2")
            #expect(try await site.store.pointedVersions(in: site.context()).map(\.version.name) == ["v2"])
            #expect(try await site.invalidations().isEmpty)
        }
    }

    @Test func thereIsNothingToDoForTheLiveRelease() async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1")
            try await site.deploy("v1", run: "run-1")
            #expect(try await before(try site.switchOrigin("v1"), in: try site.context(run: "run-2")) == nil)
            let output = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-2"))
            #expect(!output.changed && output.previous == "v1")
        }
    }

    /// The other member of an origin group answers for what the first one lacks.
    @Test func theOtherMemberOfAnOriginGroupIsTold() async throws {
        try await DistributionFixture.with(change: DistributionFixture.addOriginGroup(to:)) { site in
            try await site.release("v1", "v2")
            func warnings(_ version: String, run: String, origin: String) async throws -> [String] {
                let lines = LoggedLines()
                var context = try site.context(run: run)
                context.logger = Logger(label: "test") { _ in lines }
                _ = try await perform(try site.switchOrigin(version, ["origin": .text(origin)]), in: context)
                return lines.take().filter { $0.hasPrefix("warning ") }
            }
            let first = try await warnings("v1", run: "run-1", origin: "site")
            try #require(first.count == 1)
            #expect(
                first[0].contains("the origin group `pair` of the distribution \(site.distribution) asks `site` first"))
            #expect(first[0].contains("(on 403, 404), and `second` is at `/old`, where this step leaves it"))
            // As the warning tells: then both are at the same release.
            #expect(try await warnings("v1", run: "run-2", origin: "second").isEmpty)
            #expect(try await warnings("v1", run: "run-3", origin: "site").isEmpty)
            let behind = try await warnings("v2", run: "run-4", origin: "site")
            #expect(behind.count == 1 && behind[0].contains("`second` is at `/\(site.prefix)/releases/v1`"))
        }
    }

    @Test func runningTwiceIsRunningOnce() async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1")
            let (step, context) = (try site.switchOrigin("v1"), try site.context())
            let state = try #require(try await before(step, in: context))
            _ = try await step.run(from: state, in: context)
            let etag = try await site.aws.cloudFront.getDistributionConfig(site.distribution).etag
            let again = try await step.run(from: state, in: context)
            #expect(again.changed && again.previous == nil)
            #expect(try await site.aws.cloudFront.getDistributionConfig(site.distribution).etag == etag)
        }
    }

    /// What was there before the first switch is no release, and is restored as it was.
    @Test(arguments: ["/old", "", "/PREFIX/releases/v0", "/PREFIX/releases/v0.9.0", "/PREFIX/releases/none"])
    func goesBack(_ path: String) async throws {
        try await DistributionFixture.with(path: path) { site in
            try await site.release("v0", "v1")
            try await site.files(of: ReleaseVersion("v0.9.0"))
            let (step, context) = (try site.switchOrigin("v1"), try site.context())
            let state = try #require(try await before(step, in: context))
            _ = try await step.run(from: state, in: context)
            for _ in 1...2 {
                try await step.rollback(to: state, in: context)
                #expect(try await site.path() == path.replacing("/PREFIX", with: ""))
            }
            #expect(try await site.aws.cloudFront.getDistribution(site.distribution).isDeployed)
            let dropped = try await site.invalidations()
            #expect(dropped.map(\.callerReference) == ["run-1/switch/rollback/1"])
            #expect(dropped.first?.isCompleted == true)
            #expect(try await site.store.lastGood(of: site.pointer) == nil)
        }
    }

    @Test func dropsNothingWhereItIsToldSo() async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1")
            let step = try site.switchOrigin("v1", ["invalidate-on-rollback": "off", "wait": false])
            let state = try #require(try await before(step, in: try site.context()))
            _ = try await step.run(from: state, in: try site.context())
            try await step.rollback(to: state, in: try site.context())
            #expect(try await site.path() == "/old")
            #expect(try await site.invalidations().isEmpty)
        }
    }

    @Test func doesNotGoBackOverSomebodyElse() async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1", "v2")
            let (step, context) = (try site.switchOrigin("v1"), try site.context(run: "run-1"))
            let state = try #require(try await before(step, in: context))
            _ = try await step.run(from: state, in: context)
            try await site.deploy("v2", run: "run-2")
            try await site.deploy("v1", run: "run-3")
            // The same release, and put there by somebody else.
            try await step.rollback(to: state, in: context)
            #expect(try await site.path() == "/releases/v1")
            try await site.deploy("v2", run: "run-4")
            let other = try site.context(run: "run-5")
            let again = try #require(try await before(step, in: other))
            _ = try await step.run(from: again, in: other)
            try await site.deploy("v2", run: "run-6")
            try await step.rollback(to: again, in: other)
            #expect(try await site.path() == "/releases/v2")
        }
    }

    @Test func doesNotGoBackToAReleaseThatIsGone() async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1", "v2")
            try await site.deploy("v1", run: "run-1")
            let (step, context) = (try site.switchOrigin("v2"), try site.context(run: "run-2"))
            let state = try #require(try await before(step, in: context))
            _ = try await step.run(from: state, in: context)
            try await site.store.delete(.manifest(of: ReleaseVersion("v1")))
            #expect(await errorCode { try await step.rollback(to: state, in: context) } == "previous-is-gone")
            #expect(try await site.path() == "/releases/v2")
        }
    }

    @Test func saysWhatIsNotTheRunners() async throws {
        for (path, words) in [
            ("/PREFIX/releases/v0.9.0", "from v0.9.0, which has no manifest and so is not the runner's, to v1: "),
            ("/PREFIX/releases/none", "from none, where there is nothing, to v1: "),
            ("/old", "from `/old`, which is not a release of the store, to v1: "),
        ] {
            try await DistributionFixture.with(path: path) { site in
                try await site.files(of: ReleaseVersion("v0.9.0"))
                let prepared = try await site.switchOrigin("v1").prepare(in: try site.context())
                guard case .change(_, let changes) = prepared else {
                    Issue.record("there is something to do")
                    return
                }
                #expect(changes.first.first?.detail.hasPrefix(words) == true, "\(changes)")
            }
        }
    }

    @Test func doesNotGoBackToFilesThatAreGone() async throws {
        try await DistributionFixture.with(path: "/PREFIX/releases/v0.9.0") { site in
            let old = try ReleaseVersion("v0.9.0")
            try await site.release("v1")
            try await site.files(of: old)
            let (step, context) = (try site.switchOrigin("v1"), try site.context())
            let state = try #require(try await before(step, in: context))
            _ = try await step.run(from: state, in: context)
            try await site.aws.s3.deleteObject(site.store.prefix(of: old) + "index.html")
            let error = await describedError { try await step.rollback(to: state, in: context) }
            #expect(error?.code == "previous-is-gone")
            #expect(error?.help?.contains("restore \(site.store.location(of: old)) from a backup") == true)
            #expect(try await site.path() == "/releases/v1")
            try await site.files(of: old)
            try await step.rollback(to: state, in: context)
            #expect(try await site.path() == "/releases/v0.9.0")
        }
    }

    @Test func theGateIsLookedAtBeforeAndAfter() async throws {
        try await DistributionFixture.with { site in
            let missing = try site.switchOrigin("v9")
            let state = try #require(try await before(missing, in: try site.context()))
            #expect(
                await errorCode { _ = try await missing.run(from: state, in: try site.context()) }
                    == "incomplete-release")
            #expect(try await site.path() == "/old")
            // Somebody takes the release away while the path is written.
            try await site.release("v1")
            let step = try site.switchOrigin("v1")
            let context = try site.context(run: "run-2") {
                try await site.store.delete(.manifest(of: ReleaseVersion("v1")))
            }
            let second = try #require(try await before(step, in: context))
            #expect(await errorCode { _ = try await step.run(from: second, in: context) } == "incomplete-release")
            try await step.rollback(to: second, in: try site.context(run: "run-2"))
            #expect(try await site.path() == "/old")
        }
    }

    @Test func somebodyElseBetweenLookAndWriteIsNotOverwritten() async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1", "v2")
            let step = try site.switchOrigin("v1")
            let context = try site.context(run: "run-1") { try await site.setPath("/\(site.prefix)/releases/v2") }
            let state = try #require(try await before(step, in: context))
            let error = await describedError { _ = try await step.run(from: state, in: context) }
            #expect(error?.code == "changed-meanwhile" && error?.retryClass == .conflict)
            #expect(error?.message.contains("is at v2 and not at `/old`") == true)
            #expect(try await site.path() == "/releases/v2")
            // It has changed nothing, so there is nothing to take back, and no trace of a switch.
            #expect(try await site.records() == [])
            try await step.rollback(to: state, in: context)
            #expect(try await site.path() == "/releases/v2")
        }
    }

    @Test func aLostLeaseWritesNothing() async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1")
            let resource = site.store.resource
            let context = try site.context(run: "run-1") { throw LeaseLost(resource) }
            let step = try site.switchOrigin("v1")
            let state = try #require(try await before(step, in: context))
            #expect(await errorCode { _ = try await step.run(from: state, in: context) } == "lease-lost")
            #expect(try await site.path() == "/old")
            #expect(try await site.records() == [])
        }
    }

    @Test func theNewestWinsAndAHoldStops() async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1", "v2")
            try await site.deploy("v1", run: "run-1")
            let hold = Hold(reason: "v2 broke the shop", by: "ann", since: "2026-01-01T00:00:00Z")
            try await site.store.putOnHold(hold)
            #expect(
                await errorCode { _ = try await site.switchOrigin("v2").prepare(in: try site.context(run: "run-2")) }
                    == "on-hold")
            try await site.deploy("v2", run: "run-3")
            #expect(try await site.path() == "/releases/v2")
        }
    }

    @Test func aPointerThatCannotBeReadProtectsEverything() async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1")
            try await site.store.register(
                Pointer(distribution: "EGONE0000000000", origin: "site"), in: try site.context(run: "run-1"))
            let error = await describedError { _ = try await site.store.pointedVersions(in: site.context()) }
            #expect(error?.code == "unknown-pointer" && error?.message.contains("EGONE0000000000") == true)
            #expect(error?.help?.contains("distribution-EGONE0000000000-site.json") == true)
        }
    }
}
