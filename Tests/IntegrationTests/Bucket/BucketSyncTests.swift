import AWS
import Digest
import HTTP
import ObjectStorage
import PipelineKit
import SyncStep
import SystemPackage
import TestSupport
import Testing

@testable import Releases

@Suite struct BucketSyncTests {
    static let nasty = [
        "a b", " leading", "a+b", "a%b", "a%20b", "a%2Fb", "100%", "~tilde~", "it's", "\"quoted\"", "a&b;c=d", "<tag>",
        "a?b#c", ".well-known/x", "*!'()", "a:b@c,d$e", "caf\u{e9}", "cafe\u{301}", "日本語/ページ.html",
        "😀👩‍👩‍👧.png", "\u{301}combining", "&amp;&#x41;", "folder/b", "folder-b", "folder.c", "empty",
        (0..<8).map { _ in String(repeating: "é日a", count: 19) }.joined(separator: "/"),
    ]

    @Test(arguments: ["AWS_ENDPOINT_URL_S3", "MOTO_URL"])
    func nastyKeysAreStoredAsTheyAre(_ server: String) async throws {
        try await BucketFixture.with(s3: server) { bucket in
            if server == "MOTO_URL" { try await bucket.aws.makeBucket() }
            let files = Dictionary(Self.nasty.map { (Array($0.utf8), $0 == "empty" ? "" : "text of \($0)") }) { $1 }
            #expect(files.count == Self.nasty.count)
            #expect(Self.nasty.contains { $0.utf8.count > 900 })
            let assets = try bucket.site.list("one", files)
            let output = try await perform(
                try bucket.sync("v1", assets) { $0.verify = .full }, in: try bucket.context())
            #expect(output.uploaded == files.count && output.created && output.skipped == 0)
            #expect(output.manifest == "s3://\(bucket.aws.s3.bucket)/\(bucket.prefix)/.runner/manifests/v1.jsonl")
            let expected = files.keys.sorted { $0.lexicographicallyPrecedes($1) }
            #expect(try await bucket.keys("releases/v1/").map { Array($0.utf8) } == expected)
            for (key, text) in files {
                #expect(try await bucket.text("releases/v1/" + String(decoding: key, as: UTF8.self)) == text)
            }
            #expect(try await bucket.keys(".runner/") == ["manifests/v1.jsonl", "store.json"])
            // The second release has them by copies.
            try await bucket.store.record(try .test("v1", run: "run-1"))
            let again = try await perform(
                try bucket.sync("v2", assets) { $0.verify = .full }, in: try bucket.context(run: "run-2"))
            #expect(again.copied == files.count && again.uploaded == 0 && again.bytes == 0)
            #expect(try await bucket.keys("releases/v2/").map { Array($0.utf8) } == expected)
        }
    }

    @Test func sendsOnlyWhatIsNew() async throws {
        try await BucketFixture.with { bucket in
            var files = Dictionary(
                uniqueKeysWithValues: (0..<300).map { ("p/\($0).html", String(repeating: "\($0) ", count: 400)) })
            _ = try await bucket.deploy("v1", try bucket.site.site("one", files), run: "run-1")
            let whole = bucket.calls.bytes
            for number in [7, 70, 170] { files["p/\(number).html"] = String(repeating: "new ", count: 400) }
            let assets = try bucket.site.site("two", files)
            bucket.calls.reset()
            let output = try await bucket.deploy("v2", assets, run: "run-2")
            #expect(output.uploaded == 3 && output.copied == 297 && output.bytes == 3 * 1_600)
            #expect(bucket.calls.copies == 298)
            // The files, and the manifest.
            #expect(bucket.calls.bytes < whole / 3, "\(bucket.calls.bytes) of \(whole)")
            #expect(try await bucket.text("releases/v2/p/70.html") == files["p/70.html"])
            #expect(try await bucket.text("releases/v2/p/71.html") == files["p/71.html"])
            bucket.calls.reset()
            let nothing = try await perform(try bucket.sync("v2", assets), in: try bucket.context(run: "run-3"))
            #expect(nothing.skipped == 300 && !nothing.created && bucket.calls.bytes == 0)
        }
    }

    @Test func headersRedirectsAndCompressedFiles() async throws {
        try await BucketFixture.with { bucket in
            let assets = try bucket.site.site(
                "one", ["index.html": "hello", "app.js": "js", "m.txt": "m"], compressed: ["app.js"])
            let glob = try Glob("*.html")
            let step = try bucket.sync("v1", assets) { options in
                var rule = HeaderRule()
                rule.match = glob
                rule.cacheControl = "max-age=60"
                rule.headers = ["Content-Language": "de", "x-amz-meta-commit": "abc"]
                options.headers = [rule]
                options.redirects = ["old/page.html": "/index.html", "zz": "https://example.org/"]
            }
            let output = try await perform(step, in: try bucket.context())
            #expect(output.files == 5)
            #expect(try await bucket.keys("releases/v1/") == ["app.js", "index.html", "m.txt", "old/page.html", "zz"])
            #expect(
                try await bucket.headers("releases/v1/index.html")
                    == ObjectHeaders(
                        contentType: "text/plain", cacheControl: "max-age=60",
                        others: ["content-language": "de", "x-amz-meta-commit": "abc"]))
            let script = try await bucket.headers("releases/v1/app.js")
            #expect(script?.contentEncoding == "gzip" && script?.cacheControl == "no-cache")
            #expect(try await bucket.text("releases/v1/app.js") == String(decoding: "js".utf8.gzipped, as: UTF8.self))
            #expect(try await bucket.text("releases/v1/old/page.html") == "")
        }
    }

    /// A bucket has no folders: a redirect may have the name of one. Behind a distribution that does not know what a
    /// redirect is, a page does the same.
    @Test(arguments: [false, true])
    func redirectsMayHaveTheNameOfAFolder(_ arePages: Bool) async throws {
        // SeaweedFS has folders after all: it keeps only an empty object of such a name, and only one after the other.
        try await BucketFixture.with(s3: "MOTO_URL") { bucket in
            try await bucket.aws.makeBucket()
            let assets = try bucket.site.site(
                "one", ["docs/latest/index.html": "docs", "a b/index.html": "x", "index.html": "home"])
            let step = try bucket.sync("v1", assets) { options in
                options.redirects = ["docs": "/docs/latest/?a=1&b=\"2\""]
                options.folderRedirects = true
                options.redirectPages = arePages
                options.verify = .full
            }
            let output = try await perform(step, in: try bucket.context())
            #expect(output.files == 6)
            #expect(
                try await bucket.keys("releases/v1/") == [
                    "a b", "a b/index.html", "docs", "docs/latest", "docs/latest/index.html", "index.html",
                ])
            let manifest = try #require(
                try await bucket.store.manifest(of: ReleaseVersion("v1"), in: try bucket.context().folder))
            let (reader, targets) = (try Manifest.Reader(manifest), Recorder())
            while let entry = try reader.next() {
                if let target = entry.redirect { targets.note("\(entry.key) -> \(target)") }
            }
            #expect(
                targets.lines == [
                    "a b -> /a%20b/", "docs -> /docs/latest/?a=1&b=\"2\"", "docs/latest -> /docs/latest/",
                ])
            let text = try await bucket.text("releases/v1/docs") ?? ""
            #expect(arePages == text.contains("0; url=/docs/latest/?a=1&amp;b=&quot;2&quot;\""))
            let headers = try await bucket.headers("releases/v1/docs")
            #expect(arePages == (headers?.contentType == "text/html; charset=utf-8"))
            #expect(arePages || text.isEmpty)
        }
    }

    @Test func refusesWhatABucketCannotKeepBeforeAnythingIsChanged() async throws {
        try await BucketFixture.with { bucket in
            let assets = try bucket.site.site("one", ["index.html": "hello"])
            let glob = try Glob("**")
            let step = try bucket.sync("v1", assets) { options in
                var rule = HeaderRule()
                rule.match = glob
                rule.headers = ["x-frame-options": "DENY"]
                options.headers = [rule]
            }
            let error = await describedError { _ = try await perform(step, in: try bucket.context()) }
            #expect(error?.code == "header-not-kept" && error?.message.contains("x-frame-options") == true)
            let clash = try bucket.sync("v1", assets) { $0.redirects = ["index.html": "/"] }
            #expect(
                await errorCode { _ = try await perform(clash, in: try bucket.context()) } == "redirect-clash")
            #expect(try await bucket.keys() == [])
        }
    }

    @Test func goesOnWithAnInterruptedUpload() async throws {
        try await BucketFixture.with { bucket in
            let first = ["a": "aa", "b": "bb", "c": "cc", "old": "old", "headers": "h"]
            let (v1, context) = (try ReleaseVersion("v1"), try bucket.context(run: "run-0"))
            _ = try await perform(try bucket.sync("v1", try bucket.site.site("one", first)), in: context)
            // As a killed upload leaves it: one file missing, one with other bytes of the same size.
            try await bucket.store.move(.manifest(of: v1), to: .incoming(v1))
            try await bucket.aws.s3.deleteObject("\(bucket.prefix)/releases/v1/a")
            try await bucket.put("xx", "releases/v1/b")
            let second = ["a": "aa", "b": "bb", "c": "cc", "new": "new", "headers": "h"]
            let glob = try Glob("headers")
            let step = try bucket.sync("v1", try bucket.site.site("two", second)) { options in
                var rule = HeaderRule()
                rule.match = glob
                rule.cacheControl = "no-store"
                options.headers = [rule]
            }
            let output = try await perform(step, in: try bucket.context())
            #expect(output.skipped == 1 && output.uploaded == 4)
            #expect(try await bucket.keys("releases/v1/") == ["a", "b", "c", "headers", "new"])
            #expect(try await bucket.text("releases/v1/b") == "bb")
            #expect(try await bucket.headers("releases/v1/headers")?.cacheControl == "no-store")
            #expect(try await bucket.keys(".runner/") == ["manifests/v1.jsonl", "store.json"])
        }
    }

    @Test func aReleaseDoesNotChange() async throws {
        try await BucketFixture.with { bucket in
            _ = try await bucket.deploy("v1", try bucket.site.site("one", ["a": "one"]), run: "run-1")
            let other = try bucket.site.site("two", ["a": "two"])
            let error = await describedError {
                _ = try await perform(try bucket.sync("v1", other), in: try bucket.context(run: "run-2"))
            }
            #expect(error?.code == "version-exists" && error?.message.contains("a (content)") == true)
            let step = try bucket.sync("v1", other) { $0.overwrite = true }
            let output = try await perform(step, in: try bucket.context(run: "run-3"))
            #expect(output.uploaded == 1 && output.created)
            #expect(try await bucket.text("releases/v1/a") == "two")
            #expect(try await bucket.keys(".runner/manifests/") == ["v1.jsonl"])
            #expect(try await bucket.keys(".runner/incoming/") == [])
        }
    }

    @Test func rollingBackRetiresWhatTheRunHasMade() async throws {
        try await BucketFixture.with { bucket in
            let step = try bucket.sync("v1", try bucket.site.site("one", ["a": "a", "b/c": "c"]))
            let context = try bucket.context()
            let state = try #require(try await before(step, in: context))
            _ = try await step.run(from: state, in: context)
            #expect(try await bucket.keys().count == 4)
            try await step.rollback(to: state, in: context)
            #expect(try await bucket.keys() == [".runner/store.json"])
            try await step.rollback(to: state, in: context)
            // What another run has made since stays.
            _ = try await perform(step, in: try bucket.context(run: "run-2"))
            try await step.rollback(to: state, in: context)
            #expect(try await bucket.keys().count == 4)
        }
    }

    @Test func aReleaseThatWasToBeOverwrittenIsCompleteAgain() async throws {
        try await BucketFixture.with { bucket in
            _ = try await bucket.deploy("v1", try bucket.site.site("one", ["a": "one"]), run: "run-1")
            let step = try bucket.sync("v1", try bucket.site.site("two", ["a": "two"])) { $0.overwrite = true }
            let context = try bucket.context(run: "run-2")
            let state = try #require(try await before(step, in: context))
            // Killed before the first object was replaced.
            let v1 = try ReleaseVersion("v1")
            try await bucket.store.move(.manifest(of: v1), to: .incoming(v1))
            try await step.rollback(to: state, in: context)
            #expect(try await bucket.keys(".runner/manifests/") == ["v1.jsonl"])
            #expect(try await bucket.text("releases/v1/a") == "one")
        }
    }

    @Test func theGateSeesWhatIsWrong() async throws {
        try await BucketFixture.with { bucket in
            let files = ["a.txt": "aaa", "a/b": "bbb", "a-b": "ccc", "gone": "g"]
            let context = try bucket.context()
            _ = try await perform(try bucket.sync("v1", try bucket.site.site("one", files)), in: context)
            let v1 = try ReleaseVersion("v1")
            try await bucket.put("aa", "releases/v1/a.txt")
            try await bucket.put("xxx", "releases/v1/a-b")
            try await bucket.put("new", "releases/v1/new")
            try await bucket.aws.s3.deleteObject("\(bucket.prefix)/releases/v1/gone")
            let manifest = try #require(try await bucket.store.manifest(of: v1, in: context.folder))
            func faults(_ verification: Verification) async throws -> [Completeness.Fault] {
                try await bucket.store.check(v1, against: manifest, nil, verification, in: context.folder).first
            }
            #expect(
                try await faults(.size) == [.size("a.txt", expected: 3, found: 2), .missing("gone"), .extra("new")])
            try await bucket.put("aaa", "releases/v1/a.txt")
            try await bucket.put("g", "releases/v1/gone")
            try await bucket.aws.s3.deleteObject("\(bucket.prefix)/releases/v1/new")
            #expect(try await faults(.size) == [])
            #expect(try await faults(.full) == [.content("a-b")])
        }
    }

    @Test func largeFilesGoInParts() async throws {
        try await BucketFixture.with { bucket in
            let text = String(repeating: "0123456789abcde\n", count: 40 << 16)
            let files = ["big.bin": text, "small": "s"]
            let assets = try bucket.site.site("one", files)
            let left = try await bucket.aws.s3.createMultipartUpload("\(bucket.prefix)/releases/v1/big.bin")
            _ = try await bucket.aws.s3.uploadPart(
                "\(bucket.prefix)/releases/v1/big.bin", uploadID: left, number: 1, .bytes([1]), sha256: SHA256.hash([1])
            )
            let step = try bucket.sync("v1", assets) { options in
                options.partSize = ByteCount(8 << 20)
                options.verify = .full
            }
            let output = try await perform(step, in: try bucket.context())
            #expect(output.uploaded == 2 && output.bytes == text.utf8.count + 1)
            let info = try await bucket.aws.s3.headObject("\(bucket.prefix)/releases/v1/big.bin")
            #expect(info?.etag.contains("-5") == true)
            #expect(try await bucket.aws.s3.listMultipartUploads(prefix: bucket.prefix).isEmpty)
            // Taken up again, the file is known by its parts' MD5.
            let v1 = try ReleaseVersion("v1")
            try await bucket.store.move(.manifest(of: v1), to: .incoming(v1))
            let again = try await perform(step, in: try bucket.context(run: "run-2"))
            #expect(again.skipped == 2 && again.uploaded == 0)
        }
    }

    @Test func aListingLargerThanMemoryIsSortedOnTheDisk() async throws {
        try await BucketFixture.with { bucket in
            let names = (0..<1_500).map { "\($0 % 7)/\($0)-\(String(repeating: "x", count: $0 % 50))" } + ["0-", "0.a"]
            let list = try bucket.site.site("one", Dictionary(uniqueKeysWithValues: names.map { ($0, "t") }))
            _ = try await perform(try bucket.sync("v1", list), in: try bucket.context())
            let folder = bucket.site.folder.path
            let listing = try await SortedListing.of(
                bucket.aws.s3, below: "\(bucket.prefix)/releases/v1/", in: folder, memory: 20_000)
            let reader = try listing.makeReader()
            var found: [String] = []
            while let file = try reader.next() { found.append(file.key) }
            #expect(found == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            #expect(listing.runCount > 1)
        }
    }
}
