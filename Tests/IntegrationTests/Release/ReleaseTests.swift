import PipelineKit
import ReleaseStep
import Releases
import SwitchOriginStep
import SystemPackage
import TestSupport
import Testing

@Suite struct ReleaseTests {
    let site: SiteFixture
    let clock = TestClock()

    init() throws { site = try SiteFixture() }

    private func find(_ select: String) async throws -> Release.Output {
        let step = try Release(.test(["store": .text(site.store.root.string), "select": .text(select)]))
        return try await perform(step, in: site.context(step: "release"))
    }

    private func deploy(_ versions: String...) async throws {
        for version in versions {
            try await site.deploy(
                version, try site.site(version, ["index.html": version]), run: "run-\(version)", clock: clock)
            clock.advance(by: .seconds(3_600))
        }
    }

    @Test func findsThePreviousOne() async throws {
        try await deploy("v1", "v2", "v3")
        let output = try await find("previous")
        #expect(output.version == "v2" && output.deployedAt == "2026-01-01T01:00:00Z" && output.commit == nil)
        #expect(try await find("live").version == "v3")
    }

    @Test func goingBackTwiceGoesBackTwice() async throws {
        try await deploy("v1", "v2", "v3")
        for expected in ["v2", "v1"] {
            let version = try await find("previous").version
            #expect(version == expected)
            let step = try site.switchOrigin(version) { $0.allowOlder = true }
            _ = try await perform(step, in: site.context(run: "back-\(version)", clock: clock))
            clock.advance(by: .seconds(60))
            #expect(site.text("current/index.html") == expected)
        }
        #expect(await errorCode { _ = try await find("previous") } == "no-previous-release")
        #expect(try await find("latest").version == "v3")
    }

    /// Back to v1, forward over v2 to v3, back to v2: what was just left is v3, and v1 is the one before.
    @Test func goingBackNeverLandsOnWhatWasJustLeft() async throws {
        try await deploy("v1", "v2", "v3")
        for version in ["v1", "v3", "v2"] {
            let step = try site.switchOrigin(version) { $0.allowOlder = true }
            _ = try await perform(step, in: site.context(run: "move-\(version)", clock: clock))
            clock.advance(by: .seconds(60))
        }
        #expect(try await find("previous").version == "v1")
        #expect(try await site.store.history(of: .current).line.map(\.name) == ["v1", "v2"])
        #expect(try await site.store.deployments().allSatisfy { $0.madeAt != nil })
    }

    @Test func passesOverASwitchThatWasTakenBack() async throws {
        try await deploy("v1", "v2")
        let assets = try site.site("v3", ["index.html": "v3"])
        _ = try await perform(site.sync("v3", assets), in: site.context(run: "run-v3", clock: clock))
        let step = try site.switchOrigin("v3")
        let context = try site.context(run: "run-v3", step: "switch", clock: clock)
        let state = try #require(try await before(step, in: context))
        _ = try await step.run(from: state, in: context)
        #expect(try await find("previous").version == "v2")
        try await step.rollback(to: state, in: context)
        #expect(try await find("previous").version == "v1")
        #expect(try await find("v3").deployedAt == nil)
    }

    @Test func saysWhatThereIsWhereThereIsNoStore() async throws {
        let error = await describedError { _ = try await find("latest") }
        #expect(error?.code == "no-such-release")
        #expect(error?.help == "deploy one, or look at `store`")
    }
}
