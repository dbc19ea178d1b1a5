import Glibc
import PipelineKit
import Releases
import SyncStep
import SystemPackage
import Testing
import TestSupport

@Suite struct SyncRollbackTests {
    let site: SiteFixture

    init() throws { site = try SiteFixture() }

    @Test func retiresWhatTheRunAdded() async throws {
        try await site.deploy("v1", try site.site("one", ["a/b/c.txt": "c", "index.html": "one"]), run: "run-1")
        let assets = try site.site("two", ["a/b/c.txt": "c", "d/e.txt": "e"], compressed: ["d/e.txt"])
        let context = try site.context(run: "run-2")
        let state = try #require(try await before(try site.sync("v2", assets), in: context))
        _ = try await site.sync("v2", assets).run(from: state, in: context)
        for _ in 1...2 {
            // Another instance, as after a crash.
            try await site.sync("v2", assets).rollback(to: state, in: context)
            #expect(!site.exists("releases/v2"))
            #expect(!site.exists(".runner/manifests/v2.jsonl"))
            #expect(!site.exists(".runner/trash/v2.jsonl"))
            #expect(site.text("releases/v1/a/b/c.txt") == "c")
        }
    }

    @Test func retiresAnUnfinishedUpload() async throws {
        let assets = try site.site("one", ["a.txt": "a", "z.txt": "z"])
        let step = try site.sync("v1", assets) { $0.concurrency = 1 }
        let context = try site.context()
        let state = try #require(try await before(step, in: context))
        try site.folder.write("changed", to: "project/one/z.txt")
        #expect(await errorCode { _ = try await step.run(from: state, in: context) } == "source-changed")
        #expect(site.files("releases/v1") == ["a.txt"])
        try await step.rollback(to: state, in: context)
        #expect(!site.exists("releases/v1") && !site.exists(".runner/incoming/v1.jsonl"))
        try await step.rollback(to: state, in: context)
    }

    @Test func doesNothingBeforeTheRunBegan() async throws {
        let step = try site.sync("v1", try site.site("one", ["a": "a"]))
        let context = try site.context()
        let state = try #require(try await before(step, in: context))
        try await step.rollback(to: state, in: context)
        #expect(!site.exists("releases"))
    }

    @Test func keepsWhatItIsToldToKeep() async throws {
        let step = try site.sync("v1", try site.site("one", ["a": "a"])) { $0.keepFailed = true }
        let context = try site.context()
        let state = try #require(try await before(step, in: context))
        _ = try await step.run(from: state, in: context)
        try await step.rollback(to: state, in: context)
        #expect(site.text("releases/v1/a") == "a" && site.exists(".runner/manifests/v1.jsonl"))
    }

    @Test func leavesAReleaseThatIsInUse() async throws {
        let step = try site.sync("v1", try site.site("one", ["a": "a"]))
        let context = try site.context()
        let state = try #require(try await before(step, in: context))
        _ = try await step.run(from: state, in: context)
        _ = try await perform(try site.switchOrigin("v1"), in: try site.context(run: "run-2"))
        let error = await #expect(throws: StepError.self) { try await step.rollback(to: state, in: context) }
        #expect(error?.code == "release-in-use" && error?.message.contains("run-2") == true)
        #expect(site.text("releases/v1/a") == "a")
    }

    @Test func seesThroughUnusualLinks() async throws {
        let step = try site.sync("v1", try site.site("one", ["public/a": "a"]))
        let context = try site.context()
        let state = try #require(try await before(step, in: context))
        _ = try await step.run(from: state, in: context)
        symlink("releases/v1/public", site.store.root.string + "/current")
        #expect(await errorCode { try await step.rollback(to: state, in: context) } == "release-in-use")
    }

    @Test func aRealFolderInThePlaceOfTheLinkDoesNotStopIt() async throws {
        try site.folder.write("mine", to: "store/current/index.html")
        let step = try site.sync("v1", try site.site("one", ["a": "a"]))
        let context = try site.context()
        let state = try #require(try await before(step, in: context))
        _ = try await step.run(from: state, in: context)
        try await step.rollback(to: state, in: context)
        #expect(!site.exists("releases/v1"))
        #expect(site.text("current/index.html") == "mine")
    }

    @Test func leavesTheReleaseOfAnotherRun() async throws {
        let assets = try site.site("one", ["a": "a"])
        let state = try #require(try await before(try site.sync("v1", assets), in: try site.context()))
        _ = try await perform(try site.sync("v1", assets), in: try site.context(run: "run-2"))
        try await site.sync("v1", assets).rollback(to: state, in: try site.context())
        #expect(site.text("releases/v1/a") == "a")
    }
}
