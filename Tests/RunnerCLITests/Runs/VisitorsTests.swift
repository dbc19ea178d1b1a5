@testable import RunnerCLI
import SystemPackage
import Testing

/// What a rollback says about visitors at its end.
@Suite struct VisitorsTests {
    private func deploy(
        _ before: Deploy.Offer?, isInPlace: Bool, hasSucceeded: Bool = true, sites: [String] = ["/s/current"]
    ) -> Deploy {
        Deploy(
            run: "1", pipeline: "deploy", file: "/p/deploy.yml", project: "/p", time: "1", hasSucceeded: hasSucceeded,
            switches: sites.map { name in
                Deploy.Switch(
                    step: "switch-\(name)", site: Deploy.Site(store: "/s", pointer: name, name: name), version: "v2",
                    before: before, isInPlace: isInPlace)
            })
    }

    @Test(arguments: [
        (Deploy.Offer.release("v1"), "visitors have v1 again (before: v2)"),
        (.path("/old"), "visitors have what is at `/old` again (before: v2)"),
        (.path(""), "visitors have what is at the top of the bucket again (before: v2)"),
        (.nothing, "visitors have no release (before: v2)"),
    ])
    func aDeployWasTakenBack(before: Deploy.Offer, line: String) {
        let visitors = Visitors.after(deploy(before, isInPlace: true), takenBack: deploy(before, isInPlace: false))
        #expect(visitors.lines() == [line])
        #expect(visitors.haveChanged)
    }

    @Test func aDeployIsStuck() {
        let stuck = deploy(.release("v1"), isInPlace: true)
        let visitors = Visitors.after(stuck, takenBack: stuck)
        #expect(visitors.lines() == ["visitors may still have v2"])
        #expect(!visitors.haveChanged)
    }

    @Test func aRunHadNotComeToItsSwitch() {
        let run = deploy(nil, isInPlace: false)
        let visitors = Visitors.after(run, takenBack: run)
        #expect(visitors.lines() == ["visitors have what they had before"])
        #expect(!visitors.haveChanged)
    }

    /// An earlier run had switched to what was there, and had not come to its end.
    @Test(arguments: [
        // The same release again.
        ("v2", false, true, true, "visitors have v2, as before"),
        ("v2", true, false, false, "visitors have v1 again (before: v2)"),
        ("v2", false, false, true, "visitors may still have v2"),
        // A newer one.
        ("v0", false, true, true, "v2 is live at /s/current (before: v0)"),
        ("v0", true, false, false, "visitors have v1 again (before: v0)"),
    ])
    func nobodyHadFoundGoodWhatWasThere(
        before: String, hasGoneBack: Bool, hasSucceeded: Bool, isInPlace: Bool, line: String
    ) {
        var run = deploy(.release(before), isInPlace: isInPlace, hasSucceeded: hasSucceeded)
        run.switches[0].lastGood = .release("v1")
        run.switches[0].hasGoneBack = hasGoneBack
        #expect(Visitors.after(run).lines() == [line])
    }

    @Test(arguments: [
        (Deploy.Offer?.some(.release("v3")), true, true, "v2 is live at /s/current (before: v3)", true),
        // It was live already.
        (nil, false, true, "visitors have v2, as before", false),
        // Its smoke test failed.
        (.release("v3"), false, false, "visitors have v3, as before", false),
        (.release("v3"), true, false, "visitors may still have v2", false),
        (nil, false, false, "visitors have what they had before", false),
    ])
    func anotherReleaseWasWanted(
        before: Deploy.Offer?, isInPlace: Bool, hasSucceeded: Bool, line: String, hasChanged: Bool
    ) {
        let visitors = Visitors.after(deploy(before, isInPlace: isInPlace, hasSucceeded: hasSucceeded))
        #expect(visitors.lines() == [line])
        #expect(visitors.haveChanged == hasChanged)
    }

    /// A run that stopped after its switch, such as with `on-failure: stop`: the journal says that the switch was made.
    @Test func aSwitchThatIsSureStays() {
        var run = deploy(.release("v1"), isInPlace: true, hasSucceeded: false)
        run.switches[0].isSure = true
        run.switches[0].site.address = "https://www.example.com/"
        #expect(Visitors.after(run).lines() == ["v2 is live at https://www.example.com/ (before: v1)"])
    }

    private func live(_ offer: Deploy.Offer) -> LiveSites {
        LiveSites([(Deploy.Site(store: "/s", pointer: "/s/current", name: "/s/current"), offer)])
    }

    /// What the pointer is at counts, and not what the journal says.
    @Test(arguments: [
        (Deploy.Offer.release("v1"), "visitors have v1 again (before: v2)"), (.release("v2"), "visitors still have v2"),
        (.release("v3"), "visitors have v3 again (before: v2)"),
    ])
    func afterARollbackThePointerTells(now: Deploy.Offer, line: String) {
        let stuck = deploy(.release("v1"), isInPlace: true)
        #expect(Visitors.after(stuck, takenBack: stuck, live(now)).lines() == [line])
    }

    @Test func aPointerThatWasElsewhereBeforeIsAsBefore() {
        var deploy = deploy(.release("v1"), isInPlace: true)
        deploy.note(live(.release("v3")))
        #expect(Visitors.planned(deploy).lines(isPlanned: true) == ["visitors would have v3, as now"])
        let visitors = Visitors.after(deploy, takenBack: deploy, live(.release("v3")))
        #expect(visitors.lines() == ["visitors have v3, as before"])
        #expect(!visitors.haveChanged)
    }

    @Test(arguments: [
        (true, true, Deploy.Offer.release("v2"), "v2 is live at /s/current (before: v1)"),
        (true, true, .release("v3"), "visitors have v3, which is not of this run"),
        (true, true, .release("v1"), "visitors have v1, as before"),
        (true, false, .release("v2"), "visitors still have v2"),
        (true, false, .release("v1"), "visitors have v1, as before"),
        (true, false, .path("hand"), "visitors have what is at `hand`, which is not of this run"),
        (false, false, .release("v1"), "visitors have v1, as before"),
        (false, false, .release("v3"), "visitors have v3, which is not of this run"),
    ])
    func afterARunThePointerTells(isInPlace: Bool, hasSucceeded: Bool, now: Deploy.Offer, line: String) {
        let run = deploy(.release("v1"), isInPlace: isInPlace, hasSucceeded: hasSucceeded)
        #expect(Visitors.after(run, live(now)).lines() == [line])
    }

    @Test func severalSitesAreNamed() {
        let lines = Visitors.planned(deploy(.release("v1"), isInPlace: true, sites: ["/s/a", "/s/b"])).lines(
            isPlanned: true)
        #expect(
            lines == [
                "visitors of /s/a would have v1 again (now: v2)", "visitors of /s/b would have v1 again (now: v2)",
            ])
    }
}
