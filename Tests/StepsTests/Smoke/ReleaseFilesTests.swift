import HTTP
import PipelineKit
import Releases
import Synchronization
import TestSupport
import Testing

@testable import SmokeStep

@Suite struct ReleaseFilesTests {
    private func entry(
        _ key: String, size: Int = 5, sha256: String = "a", encoding: String? = nil, original: Asset.Original? = nil
    ) -> ManifestEntry {
        ManifestEntry(
            Asset(
                key: key, path: "/nowhere", size: size, sha256: sha256, contentType: "text/plain",
                contentEncoding: encoding, original: original),
            cacheControl: "no-cache")
    }

    /// Takes a sample of that many files, with random values spread evenly from 0 to 1.
    private func sample(_ size: Int, of count: Int, index: Int?) throws -> [String] {
        let calls = Mutex(0)
        let random = RandomSource {
            let call = calls.withLock { value in
                value += 1
                return value
            }
            return Double(call * 37 % 100) / 100
        }
        var keys = (0..<count).map { "\(1_000 + $0)" }
        if let index { keys.insert("index.html", at: index) }
        var rest = keys.makeIterator()
        let sample = try ReleaseSample.take(size, random: random, from: { rest.next().map { entry($0) } }, before: nil)
        return sample.map(\.key)
    }

    @Test(arguments: [0, 7, 100])
    func aSampleHasItsSizeAndOrderAndTheIndex(place: Int) throws {
        let keys = try sample(20, of: 100, index: place)
        #expect(keys.count == 20 && Set(keys).count == 20 && keys.contains("index.html"))
        let others = keys.filter { $0 != "index.html" }
        #expect(others == others.sorted())
        // Not simply the first ones.
        #expect(others.contains { $0 >= "1020" })
        #expect(try sample(1, of: 100, index: place) == ["index.html"])
    }

    @Test func aSmallReleaseIsTakenWhole() throws {
        #expect(try sample(20, of: 3, index: 1) == ["1000", "index.html", "1001", "1002"])
        #expect(try sample(2, of: 2, index: nil) == ["1000", "1001"])
        #expect(try sample(20, of: 0, index: nil) == [])
    }

    private func entries(_ files: [String: String]) -> [ManifestEntry] {
        files.sorted { $0.key < $1.key }.map { entry($0.key, sha256: $0.value) }
    }

    /// However little differs from the release before, it is in the sample.
    @Test(arguments: [0.0, 0.3, 0.7, 0.99]) func whatIsNewIsTakenFirst(chance: Double) throws {
        var old: [String: String] = ["index.html": "1"]
        for number in 0..<500 { old["same/\(number)"] = "1" }
        for number in 0..<3 { old["changed/\(number)"] = "1" }
        var new = old.filter { $0.key != "same/7" }
        for number in 0..<3 { new["changed/\(number)"] = "2" }
        for number in 0..<30 { new["added/\(number)"] = "1" }
        func sample(_ size: Int) throws -> [String] {
            var (next, before) = (entries(new).makeIterator(), entries(old).makeIterator())
            let sample = try ReleaseSample.take(
                size, random: RandomSource { chance }, from: { next.next() }, before: SortedLookup { before.next() })
            return sample.map(\.key)
        }
        func counts(_ keys: [String]) -> [Int] {
            ["index.html", "changed/", "added/", "same/"].map { part in keys.filter { $0.hasPrefix(part) }.count }
        }
        // An overlap may have put new files into the release before, so files that it had already get half of the room.
        #expect(try counts(sample(4)) == [1, 2, 1, 0])
        #expect(try counts(sample(20)) == [1, 3, 16, 0])
        #expect(try counts(sample(100)) == [1, 3, 30, 66])
        #expect(try sample(20) == sample(20).sorted())
    }

    @Test(arguments: [
        ("/", ["index.html", "docs/index.html"], ["/"]), ("/", [], ["/"]), ("/?x=/y/", ["a"], ["/"]),
        ("/docs/", ["docs/index.html"], ["/"]), ("/docs/", ["index.html"], ["/docs/"]),
        ("/docs/", ["docs/index.html", "index.html"], ["/", "/docs/"]), ("/docs/", ["a"], ["/docs/", "/"]),
        ("/docs", ["docs/index.html"], ["/"]), ("/docs", ["docs.html"], ["/"]), ("/docs", ["index.html"], ["/docs/"]),
        ("/docs/page.html", ["docs/page.html"], ["/"]), ("/docs/page.html", ["page.html"], ["/docs/"]),
        ("/docs/page", ["page.html", "docs/page/index.html"], ["/", "/docs/"]),
        ("/version.json", ["version.json"], ["/"]),
        ("/health", ["index.html.gz"], ["/"]), ("/a%20b/c", ["a b/c"], ["/"]), ("/a%20b/c", ["c"], ["/a%20b/"]),
        ("/previews/x/releases/v1/", ["index.html"], ["/previews/x/releases/v1/"]),
    ])
    func whereAReleaseIsServedFollowsFromOneOfItsPages(target: String, keys: [String], bases: [String]) throws {
        var base = ReleaseBase(of: try HTTPURL("http://site.test" + target))
        for key in keys { base.note(key) }
        #expect(try base.candidates().map(\.target) == bases)
    }

    @Test(
        arguments: [
            (["store": "site", "version": "v1"], true), (["store": "site"], false), (["version": "v1"], false),
            (["store": "site", "version": "v1", "manifest": "none"], false),
            (["store": "site", "version": "v1", "manifest": "all"], false),
            (["store": "site", "version": "v1", "checks": [["url": "/"]]], false),
            (["store": "site", "version": "v1", "status": 404], false),
            (["store": "site", "version": "v1", "status": "200-299"], true),
            (["store": "site", "version": "v1", "contains": "x", "method": "GET"], true),
        ] as [([String: Value], Bool)])
    func aReleaseThatIsKnownIsLookedForUnasked(fields: [String: Value], isAsked: Bool) throws {
        let options = try Smoke.Options.test(fields.merging(["url": .text(page)]) { own, _ in own })
        #expect(try (options.resolvedProof() != nil) == isAsked)
    }

    @Test func theFirstReleaseOfAStoreCostsNoMoreThanItMay() {
        func sized(_ key: String, _ size: Int, _ type: String) -> ManifestEntry {
            ManifestEntry(
                Asset(key: key, path: "/nowhere", size: size, sha256: "a", contentType: type), cacheControl: "no-cache")
        }
        let entries = [
            sized("a.png", 40 << 20, "image/png"), sized("b.png", 30 << 20, "image/png"),
            sized("c.js", 20 << 20, "text/javascript; charset=utf-8"), sized("d.json", 10 << 20, "application/json"),
        ]
        let files = entries.map { ReleaseFile(entry: $0) }
        #expect(ReleaseProof.affordable(files).map(\.key) == ["b.png", "c.js", "d.json"])
    }

    private func check(
        _ entry: ManifestEntry, below base: String = page, in store: String = "site",
        types: ReleaseFiles.TypeRule = .required
    ) throws -> Check {
        let files = ReleaseFiles(
            store: try StoreURL(store), version: try ReleaseVersion("v1"), sampleSize: 20, types: types,
            sender: Sender())
        return try files.check(ReleaseFile(entry: entry), below: HTTPURL(base))
    }

    /// The runner knows no type for some files, and a folder's server tells nothing of how a file is compressed. Its bytes
    /// must be right all the same.
    @Test func noTypeIsExpectedThatNobodyKnows() throws {
        let entry = { (type: String, coding: String?) in
            ManifestEntry(
                Asset(
                    key: "a.css.gz", path: "/", size: 4, sha256: "stored", contentType: type, contentEncoding: coding),
                cacheControl: "no-cache")
        }
        let typed = { (check: Check) in check.expectations.contains(where: \.isContentType) }
        #expect(try typed(check(entry("text/css", "gzip"), in: "s3://bucket/site")))
        #expect(try !typed(check(entry("text/css", "gzip"))))
        #expect(try !typed(check(entry("application/octet-stream", nil), in: "s3://bucket/site")))
        #expect(try typed(check(entry("text/css", nil))))
        let files = ReleaseFiles(
            store: try StoreURL("/srv/site"), version: try ReleaseVersion("v1"), sampleSize: 1, types: .required,
            sender: Sender())
        #expect(files.served(entry("text/css", "gzip")).ownSHA256 == "stored")
    }

    @Test(arguments: [
        ("http://site.test", "http://site.test/a%20b/%C3%BC%25%3F%23.txt"),
        ("http://site.test/docs", "http://site.test/docs/a%20b/%C3%BC%25%3F%23.txt"),
        ("http://site.test/docs/?preview=1", "http://site.test/docs/a%20b/%C3%BC%25%3F%23.txt"),
    ])
    func filesLieBelowTheURL(base: String, url: String) throws {
        #expect(try check(entry("a b/ü%?#.txt"), below: base).url.description == url)
    }

    @Test func aLargeFileMayTakeLongerAndBeLonger() throws {
        let small = try check(entry("a"))
        #expect(small.sender.timeout == .seconds(10) && small.maximumBodyBytes == 16 << 20)
        // However slow the line is: bytes come.
        #expect(small.request.timeouts.total == nil && small.request.timeouts.idle == .seconds(10))
        #expect(CurlLine(small).description.contains(" --speed-limit 1 --speed-time 10 "))
        let large = try check(
            entry("a", size: 1 << 20, encoding: "gzip", original: .init(path: "/nowhere", size: 100 << 20, sha256: "b"))
        )
        #expect(large.request.timeouts == small.request.timeouts && large.maximumBodyBytes == 100 << 20)
    }

    /// How a file is kept: as it is, compressed with its original known, or compressed as it came.
    enum Kept: CaseIterable { case plain, withOriginal, compressed }

    /// What came: its `content-encoding`, whether that was undone, the body's hash, and that of the encoded body.
    struct Came: Sendable {
        var encoding: String?
        var isDecoded = false
        var sha256: String
        var encoded: String?
        var isGood: [Kept]
    }

    @Test(arguments: [
        Came(sha256: "page", isGood: [.plain, .withOriginal]),
        // Compressed bytes that do not say so are no page.
        Came(sha256: "stored", isGood: []),
        Came(encoding: "gzip", isDecoded: true, sha256: "page", encoded: "other", isGood: [.plain, .withOriginal]),
        Came(
            encoding: "gzip", isDecoded: true, sha256: "other", encoded: "stored", isGood: [.withOriginal, .compressed]),
        Came(encoding: "gzip", isDecoded: true, sha256: "other", encoded: "page", isGood: [.plain]),
        Came(encoding: "gzip", isDecoded: true, sha256: "other", encoded: "another", isGood: []),
        Came(encoding: "aws-chunked", sha256: "page", isGood: [.plain, .withOriginal]),
        Came(encoding: "aws-chunked", sha256: "stored", isGood: [.withOriginal, .compressed]),
    ])
    func aFileMayComeAsThePageOrAsItIsStored(_ came: Came) {
        for kept in Kept.allCases {
            let entry = entry(
                "a", sha256: kept == .plain ? "page" : "stored", encoding: kept == .plain ? nil : "gzip",
                original: kept == .withOriginal ? .init(path: "/nowhere", size: 9, sha256: "page") : nil)
            var answer = Answer(
                HTTPResponse(
                    status: 200, headers: HTTPHeaders(came.encoding.map { [.init("Content-Encoding", $0)] } ?? []),
                    isDecoded: came.isDecoded, effectiveURL: page, timings: .init(firstByte: .zero, total: .zero)), nil)
            answer.sha256 = came.sha256
            answer.encodedSHA256 = came.encoded
            #expect((entry.mismatch(in: answer) == nil) == came.isGood.contains(kept), "\(kept)")
        }
    }

    @Test(arguments: [
        ("text/html; charset=utf-8", "text/html", true),
        ("text/html; charset=utf-8", "Text/HTML;charset=\"UTF-8\"", true),
        ("text/html; charset=utf-8", "text/html; charset=iso-8859-1", false), ("text/html", "text/plain", false),
        ("text/javascript; charset=utf-8", "application/javascript", true), ("application/xml", "text/xml", true),
        ("image/png", "", false),
    ])
    func contentTypesAreComparedAsBrowsersReadThem(expected: String, found: String, isSame: Bool) {
        #expect(MediaType.isSame(expected, found) == isSame)
    }

    /// A server's table of types is not the release's fault, unless a browser would do something else with the file.
    @Test(arguments: [
        ("text/javascript; charset=utf-8", "application/octet-stream", false), ("text/html", "text/plain", false),
        ("text/html", "", false), ("application/manifest+json", "binary/octet-stream", false),
        ("image/bmp", "image/x-ms-bmp", false), ("audio/mp4", "audio/x-m4a", false),
        ("text/rtf", "application/rtf", false),
        ("application/mathml+xml", "text/mathml", false), ("application/octet-stream", "application/x-deb", false),
        ("text/plain; charset=utf-8", "text/markdown", false), ("font/otf", "font/opentype", false),
        ("text/css", "text/html", true), ("text/javascript", "text/html", true), ("image/png", "text/html", true),
        ("text/html; charset=utf-8", "text/html; charset=iso-8859-1", true), ("text/plain", "text/html", true),
        ("image/svg+xml", "text/xml", true), ("image/png", "image/svg+xml", true),
        ("application/json", "application/zip", true), ("application/octet-stream", "text/html", true),
    ])
    func onlyAContradictionOfTheTypeFails(expected: String, found: String, isContradiction: Bool) {
        #expect(MediaType.contradicts(expected, found) == isContradiction)
    }

    /// A CDN that makes images smaller changes their format, too.
    @Test(arguments: [
        ("text/html; charset=utf-8", "text/html", true), ("image/png", "image/webp", true),
        ("text/css", "text/html", false), ("application/wasm", "application/octet-stream", false),
    ])
    func onlySomeTypesAreMadeOfAnother(expected: String, found: String, mayBe: Bool) {
        #expect(MediaType.mayBeRewritten(expected, as: found) == mayBe)
    }

    @Test(arguments: [
        (".nojekyll", true), ("a/.git/config", true), (".well-known/security.txt", false),
        (".well-known/.secret", true), ("a.b/c.html", false),
    ])
    func aDotFileMayBeRefusedInAFolderAlone(key: String, mayBe: Bool) throws {
        #expect(try check(entry(key)).mayBeRefused == mayBe)
        #expect(try check(entry(key), in: "s3://bucket/site").mayBeRefused == false)
    }
}
