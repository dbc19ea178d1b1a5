import PipelineKit
import Releases
import TestSupport
import Testing

@testable import ReleaseStep

@Suite struct ReleaseCatalogTests {
    private func catalog(live: String? = "v3", _ versions: [String] = ["v1", "v2", "v3", "v4"]) throws -> ReleaseCatalog
    {
        let releases = try versions.enumerated().map { number, name in
            StoredRelease(
                version: try ReleaseVersion(name), state: name == "v4" ? .incomplete : .complete,
                createdAt: "2026-01-0\(number + 1)T00:00:00Z")
        }
        let deployments = try ["v1", "v2", "v3"].map { name in
            Deployment(
                version: try ReleaseVersion(name), previous: nil, pointer: .current, runID: "run-\(name)",
                pipeline: "p", commit: nil, at: "2026-02-01T00:00:00Z", runStartedAt: "2026-02-01T00:00:00Z",
                origin: .init(person: nil, jobURL: nil))
        }
        return ReleaseCatalog(
            name: "file:///site", pointer: .current, live: try live.map { try ReleaseVersion($0) },
            releases: releases.reversed(), deployments: deployments)
    }

    @Test(arguments: [("previous", "v2"), ("live", "v3"), ("latest", "v3"), ("v1", "v1")])
    func selects(text: String, version: String) throws {
        let options = try Release.Options.test(["store": "/site", "select": .text(text)])
        #expect(try catalog().version(options.select).name == version)
    }

    @Test func takesThePreviousOneUnlessTold() throws {
        #expect(try Release.Options.test(["store": "/site"]).select == .previous)
    }

    @Test func namesTheNearestWhereThereIsNoSuchRelease() throws {
        let error = #expect(throws: StepError.self) {
            try catalog(["v1.0.0", "v1.1.0", "v3"]).version(.version(ReleaseVersion("v1.0.O")))
        }
        #expect(error?.code == "no-such-release")
        #expect(error?.message == "file:///site has no complete release v1.0.O")
        #expect(error?.help == "did you mean `v1.0.0`? available: v3 (live), v1.1.0, v1.0.0")
    }

    @Test func anIncompleteReleaseIsNone() throws {
        #expect(throws: StepError.self) { try catalog().version(.version(ReleaseVersion("v4"))) }
    }

    @Test func saysThatThereIsNoPreviousOne() throws {
        let error = #expect(throws: StepError.self) { try catalog(live: "v1").version(.previous) }
        #expect(error?.code == "no-previous-release")
        #expect(
            error?.message
                == "file:///site has no good release before v1, which is live, at the link `current`")
        #expect(error?.help == "name a release, such as `select: v3`; available: v3, v2, v1 (live)")
        let typed = #expect(throws: StepError.self) {
            try catalog(live: "v1").version(.previous) { "--to \($0)" }
        }
        #expect(typed?.help == "name a release, such as `--to v3`; available: v3, v2, v1 (live)")
        let alone = #expect(throws: StepError.self) { try catalog(live: "v1", ["v1"]).version(.previous) }
        #expect(alone?.help == "deploy one: there is no other release")
    }

    @Test func saysThatNothingIsLiveOrThere() throws {
        #expect(throws: StepError.self) { try catalog(live: nil).version(.live) }
        #expect(throws: StepError.self) { try catalog([]).version(.latest) }
    }

    @Test(arguments: ["v1/../x", "", "releases/v1"]) func refusesWhatIsNoVersion(text: String) {
        #expect(Release.Options.problems(["store": "/site", "select": .text(text)]).count == 1)
    }

    @Test func refusesAWrongLink() {
        #expect(
            Release.Options.problems(["store": "/site", "current": "releases"]).map(\.message)
                == ["`current` must not be `releases`, where the releases are"])
    }
}
