@testable import RunnerCLI
import SystemPackage
import Testing

/// Which run gave visitors what they have, by the journals of a project alone.
@Suite struct LiveRunsTests {
    private func deploy(
        _ run: String, _ version: String, before: Deploy.Offer?, isInPlace: Bool = true, isSure: Bool = true,
        site: String = "current"
    ) -> Deploy {
        Deploy(
            run: run, pipeline: "deploy", file: "/p/deploy.yml", project: "/p", time: run,
            switches: [
                Deploy.Switch(
                    step: "switch", site: Deploy.Site(store: "/s", pointer: site, name: site), version: version,
                    before: before, isInPlace: isInPlace, isSure: isSure)
            ])
    }

    private func live(_ deploys: [Deploy]) -> [String: [String]] { LiveRuns.sites(of: deploys) }

    @Test func theNewestIs() {
        let runs = [deploy("3", "v3", before: .release("v2")), deploy("2", "v2", before: .release("v1"))]
        #expect(live(runs) == ["3": ["current"]])
    }

    @Test func afterARollbackItIsTheOneBefore() {
        let runs = [
            deploy("3", "v3", before: .release("v2"), isInPlace: false),
            deploy("2", "v2", before: .release("v1")), deploy("1", "v1", before: .nothing),
        ]
        #expect(live(runs) == ["2": ["current"]])
    }

    /// Another tool, or another machine, had deployed between the two.
    @Test func whatNoRunHereGaveIsNobodys() {
        let runs = [
            deploy("3", "v3", before: .path("/old"), isInPlace: false), deploy("2", "v2", before: .release("v1")),
        ]
        #expect(live(runs) == [:])
    }

    /// Another machine has gone back to v2, and then to what no run here has brought.
    @Test(arguments: [(Deploy.Offer.release("v2"), ["2": ["current"]]), (.release("v9"), [:])])
    func thePointerDecides(now: Deploy.Offer, expected: [String: [String]]) {
        var runs = [deploy("3", "v3", before: .release("v2")), deploy("2", "v2", before: .release("v1"))]
        let site = runs[0].switches[0].site
        for index in runs.indices { runs[index].note(LiveSites([(site, now)])) }
        #expect(live(runs) == expected)
    }

    @Test func aRunThatSwitchedNothingDecidesNothing() {
        let runs = [deploy("3", "v2", before: nil, isInPlace: false), deploy("2", "v2", before: .release("v1"))]
        #expect(live(runs) == ["2": ["current"]])
    }

    /// Nobody knows how far it came.
    @Test func anInterruptedSwitchIsNoAnswer() {
        let runs = [
            deploy("3", "v3", before: .release("v2"), isSure: false), deploy("2", "v2", before: .release("v1")),
        ]
        #expect(live(runs) == [:])
    }

    @Test func eachSiteHasItsOwn() {
        let runs = [
            deploy("3", "v3", before: .release("v2"), site: "shop"), deploy("2", "v2", before: .nothing, site: "blog"),
            deploy("1", "v1", before: .nothing, site: "shop"),
        ]
        #expect(live(runs) == ["3": ["shop"], "2": ["blog"]])
    }
}
