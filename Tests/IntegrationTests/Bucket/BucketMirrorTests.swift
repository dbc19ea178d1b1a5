import AWS
import Digest
import HTTP
import Logging
import MirrorStep
import ObjectStorage
import PipelineKit
import Releases
import SyncStep
import TestSupport
import Testing

@Suite struct BucketMirrorTests {
    private func mirror(
        _ bucket: BucketFixture, _ list: String, _ change: (inout Mirror.Options) -> Void = { _ in }
    ) throws -> Mirror {
        var options = Mirror.Options()
        options.assets = list
        options.to = .bucket(name: bucket.aws.s3.bucket, prefix: bucket.prefix + "/m")
        change(&options)
        return Mirror(options)
    }

    private func changes(_ step: Mirror, _ bucket: BucketFixture) async throws -> [String] {
        guard case .change(_, let changes) = try await step.prepare(in: bucket.context()) else { return [] }
        return changes.first.map { "\($0.verb.rawValue) \($0.subject): \($0.detail)" }
    }

    @Test func bringsAPrefixUpToDate() async throws {
        try await BucketFixture.with { bucket in
            let list = try bucket.site.site(
                "one", ["a.txt": "aaa", "b/c.txt": "ccc", "js": "js"], compressed: ["js"])
            try await bucket.put("mine", "m/extra")
            try await bucket.put("xxx", "m/a.txt")
            try await bucket.put("longer", "m/b/c.txt")
            try await bucket.put("beside", "mm")
            let step = try mirror(bucket, list) { $0.delete = true }
            #expect(
                try await changes(step, bucket) == [
                    "replace a.txt: other content", "replace b/c.txt: 6 bytes before", "add js: new",
                    "remove extra: not in the source",
                ])
            let output = try await perform(step, in: try bucket.context())
            #expect(output.uploaded == 3 && output.deleted == 1 && output.skipped == 0)
            #expect(output.bytes == 3 + 3 + "js".utf8.gzipped.count)
            #expect(try await bucket.keys("m/") == ["a.txt", "b/c.txt", "js"])
            #expect(try await bucket.text("m/a.txt") == "aaa")
            #expect(try await bucket.headers("m/js")?.contentEncoding == "gzip")
            #expect(try await bucket.text("mm") == "beside")
            // The same bytes with new times are nothing to do, and nothing is sent.
            let again = try bucket.site.site(
                "two", ["a.txt": "aaa", "b/c.txt": "ccc", "js": "js"], compressed: ["js"])
            bucket.calls.reset()
            let nothing = try await perform(try mirror(bucket, again), in: try bucket.context())
            #expect(nothing.skipped == 3 && nothing.uploaded == 0 && bucket.calls.bytes == 0)
        }
    }

    /// A listing tells no headers: files that a rule is for are asked one by one.
    @Test func otherHeadersAreADifference() async throws {
        try await BucketFixture.with { bucket in
            let list = try bucket.site.site("one", ["a.css": "a", "b": "b"])
            func step(_ cacheControl: String?) throws -> Mirror {
                let glob = try Glob("*.css")
                return try mirror(bucket, list) { options in
                    guard let cacheControl else { return }
                    var rule = HeaderRule()
                    (rule.match, rule.cacheControl) = (glob, cacheControl)
                    options.headers = [rule]
                }
            }
            #expect(try await perform(try step("max-age=60"), in: try bucket.context()).uploaded == 2)
            #expect(try await changes(step("max-age=60"), bucket) == [])
            #expect(try await changes(step("no-store"), bucket) == ["replace a.css: other headers"])
            let output = try await perform(try step("no-store"), in: try bucket.context())
            #expect(output.uploaded == 1 && output.skipped == 1)
            #expect(try await bucket.headers("m/a.css")?.cacheControl == "no-store")
            // Headers that an object lacks are a difference, too, if readers are told them.
            func withDownload() throws -> Mirror {
                let glob = try Glob("*.css")
                return try mirror(bucket, list) { options in
                    var rule = HeaderRule()
                    (rule.match, rule.cacheControl) = (glob, "no-store")
                    rule.headers = ["content-disposition": "attachment", "x-amz-meta-a": "b", "content-language": "de"]
                    options.headers = [rule]
                }
            }
            #expect(try await changes(withDownload(), bucket) == ["replace a.css: other headers"])
            #expect(try await perform(try withDownload(), in: try bucket.context()).uploaded == 1)
            #expect(try await changes(withDownload(), bucket) == [])
            // Without a rule it keeps them, and somebody is told.
            let lines = LogKeeper.Lines()
            var context = try bucket.context()
            context.logger = Logger(label: "mirror") { _ in LogKeeper(lines) }
            let without = try await step(nil).prepare(in: context)
            guard case .already = without else {
                Issue.record("\(without)")
                return
            }
            #expect(
                lines.texts.count == 1 && lines.texts[0].contains("1 unchanged file without a rule"), "\(lines.texts)")
        }
    }

    @Test func knowsObjectsThatWereSentInPartsByThisOrByAnother() async throws {
        try await BucketFixture.with { bucket in
            let text = String(repeating: "0123456789abcde\n", count: 20 << 16)
            let list = try bucket.site.site("one", ["big": text])
            let step = try mirror(bucket, list) { $0.partSize = ByteCount(8 << 20) }
            #expect(try await perform(step, in: try bucket.context()).uploaded == 1)
            #expect(try await bucket.aws.s3.headObject("\(bucket.prefix)/m/big")?.etag.contains("-3") == true)
            let other = try mirror(bucket, list) { $0.partSize = ByteCount(6 << 20) }
            #expect(try await perform(other, in: try bucket.context()).skipped == 1)
            let changed = try bucket.site.site("two", ["big": text.dropLast() + "x"])
            #expect(
                try await changes(mirror(bucket, changed), bucket) == ["replace big: other content"])
        }
    }

    @Test func anEmptySourceDeletesNothingUnlessTold() async throws {
        try await BucketFixture.with { bucket in
            try await bucket.put("mine", "m/a")
            let list = try bucket.site.site("none", [:])
            let step = try mirror(bucket, list) { $0.delete = true }
            #expect(await errorCode { _ = try await perform(step, in: try bucket.context()) } == "empty-source")
            #expect(try await bucket.keys("m/") == ["a"])
            let told = try mirror(bucket, list) { options in
                options.delete = true
                options.allowEmpty = true
            }
            #expect(try await perform(told, in: try bucket.context()).deleted == 1)
            #expect(try await bucket.keys("m/") == [])
        }
    }

    @Test func keepsOutOfReleaseStores() async throws {
        try await BucketFixture.with { bucket in
            let list = try bucket.site.site("one", ["a": "a"])
            let store = StoreURL.bucket(name: bucket.aws.s3.bucket, prefix: bucket.prefix + "/below")
            _ = try await perform(try bucket.sync("v1", list) { $0.store = store }, in: try bucket.context())
            for place in ["", "/releases", "/releases/v1", "/.runner/manifests"] {
                let step = try mirror(bucket, list) {
                    $0.to = .bucket(name: bucket.aws.s3.bucket, prefix: bucket.prefix + "/below" + place)
                }
                let error = await describedError { _ = try await perform(step, in: try bucket.context()) }
                #expect(error?.code == "bad-target", "\(place)")
            }
            // A store below the target stays whole as well.
            let above = try mirror(bucket, list) { options in
                options.to = .bucket(name: bucket.aws.s3.bucket, prefix: bucket.prefix)
                options.delete = true
            }
            #expect(await errorCode { _ = try await perform(above, in: try bucket.context()) } == "in-the-way")
            let kept = [".runner/manifests/v1.jsonl", ".runner/store.json", "releases/v1/a"]
            #expect(try await bucket.keys("below/") == kept)
        }
    }
}
