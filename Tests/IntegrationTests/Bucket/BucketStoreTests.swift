import AWS
import LogStep
import PipelineKit
import PruneStep
import ReleaseStep
import Releases
import SystemPackage
import TestSupport
import Testing

@Suite struct BucketStoreTests {
    @Test func pruneDeletesOldReleasesAndNothingElse() async throws {
        try await BucketFixture.with { bucket in
            for (number, version) in ["v1", "v2", "v3"].enumerated() {
                let list = try bucket.site.site(version, ["a": version, "same": "same"])
                _ = try await bucket.deploy(version, list, run: "run-\(number)")
            }
            try await bucket.put("mine", "releases/v1/mine")
            try await bucket.put("mine", "releases/by-hand/a")
            try await bucket.put("mine", "releases/v1-not/a")
            var options = Prune.Options()
            (options.store, options.keep, options.minAge) = (bucket.url, 1, .zero)
            let step = Prune(options)
            let context = try bucket.context(run: "run-9")
            guard case .change(let before, let changes) = try await step.prepare(in: context) else {
                Issue.record("nothing to do")
                return
            }
            // Nothing is at any of them: the newest good one is what stays.
            #expect(
                changes.first.map { "\($0.verb.rawValue) \($0.subject)" } == ["remove v1", "remove v2", "keep v3"])
            let output = try await step.run(from: try journalled(before), in: context)
            #expect(output.deleted == 2 && output.bytes == 12)
            #expect(try await bucket.keys("releases/v1/") == ["mine"])
            #expect(try await bucket.keys("releases/v2/") == [])
            #expect(try await bucket.keys("releases/v3/") == ["a", "same"])
            #expect(try await bucket.keys("releases/by-hand/") == ["a"])
            #expect(try await bucket.keys(".runner/trash/") == [])
            let unknown = try await bucket.store.unknownReleases(
                besides: bucket.store.releases(in: context.folder))
            // SeaweedFS shows a folder for a moment after its last object went.
            #expect(unknown.filter { $0 != "v2" } == ["by-hand", "v1", "v1-not"])
        }
    }

    @Test func findsReleasesAndKeepsRecords() async throws {
        try await BucketFixture.with { bucket in
            _ = try await bucket.deploy("v1", try bucket.site.site("one", ["a": "1"]), run: "run-1")
            _ = try await bucket.deploy("v2", try bucket.site.site("two", ["a": "2"]), run: "run-2")
            var options = Release.Options()
            options.store = bucket.url
            options.select = .latest
            #expect(try await perform(Release(options), in: try bucket.context()).version == "v2")
            options.select = .version(try ReleaseVersion("v3"))
            let error = await describedError { _ = try await perform(Release(options), in: try bucket.context()) }
            #expect(error?.code == "no-such-release" && error?.message.hasPrefix("s3://") == true)
            var log = Log.Options()
            log.store = bucket.url
            _ = try await perform(Log(log), in: try bucket.context(run: "run-2"))
            #expect(try await bucket.keys(".runner/deployments/") == ["run-1.json", "run-2.json", "run-2.log.json"])
            #expect(try await bucket.store.deployments().map(\.runID) == ["run-2", "run-1"])
        }
    }

    @Test func finishesWhatSomebodyElseBeganToRetire() async throws {
        try await BucketFixture.with { bucket in
            let list = try bucket.site.site("one", ["a": "1", "b": "2"])
            _ = try await perform(try bucket.sync("v1", list), in: try bucket.context())
            let v1 = try ReleaseVersion("v1")
            try await bucket.store.move(.manifest(of: v1), to: .trash(v1))
            try await bucket.aws.s3.deleteObject("\(bucket.prefix)/releases/v1/a")
            #expect(try await bucket.store.finishRetirements(in: bucket.context()) == [])
            #expect(try await bucket.keys() == [".runner/store.json"])
        }
    }

    @Test func aManifestOfAnotherRunIsNotReplaced() async throws {
        try await BucketFixture.with { bucket in
            let v1 = try ReleaseVersion("v1")
            try await bucket.put("ours", ".runner/incoming/v1.jsonl")
            try await bucket.put("theirs", ".runner/manifests/v1.jsonl")
            let code = await errorCode { try await bucket.store.move(.incoming(v1), to: .manifest(of: v1)) }
            #expect(code == "completed-meanwhile")
            #expect(try await bucket.text(".runner/manifests/v1.jsonl") == "theirs")
            // A move that was interrupted before its last step continues.
            try await bucket.put("ours", ".runner/manifests/v1.jsonl")
            try await bucket.store.move(.incoming(v1), to: .manifest(of: v1))
            try await bucket.store.move(.incoming(v1), to: .manifest(of: v1))
            #expect(try await bucket.keys() == [".runner/manifests/v1.jsonl"])
            try await bucket.store.delete(.manifest(of: v1))
            #expect(
                await errorCode { try await bucket.store.move(.incoming(v1), to: .manifest(of: v1)) } == "record-gone")
        }
    }

    @Test func recordsLargerThanMemoryGoThroughFiles() async throws {
        try await BucketFixture.with { bucket in
            let v1 = try ReleaseVersion("v1")
            let file = bucket.site.folder["large"]
            let line = String(repeating: "x", count: 1_000)
            let writer = try LineWriter(file)
            for _ in 0..<17_500 { try writer.write(line) }
            try writer.finish(durable: false)
            try await bucket.store.put(file, as: .incoming(v1))
            try await bucket.store.move(.incoming(v1), to: .trash(v1))
            let copy = try #require(try await bucket.store.file(of: .trash(v1), in: bucket.site.folder.path))
            #expect(
                try FileDigester().digest(RegularFile(copy)).sha256 == FileDigester().digest(RegularFile(file)).sha256)
            #expect(try await bucket.store.file(of: .incoming(v1), in: bucket.site.folder.path) == nil)
        }
    }
}
