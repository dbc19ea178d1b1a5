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

    /// Takes from as many files, with chance running evenly from 0 to 1.
    private func sample(_ size: Int, of count: Int, index: Int?) -> [String] {
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
        return ReleaseSample.take(size, random: random) { rest.next().map { entry($0) } }.map(\.key)
    }

    @Test(arguments: [0, 7, 100])
    func aSampleHasItsSizeAndOrderAndTheIndex(place: Int) {
        let keys = sample(20, of: 100, index: place)
        #expect(keys.count == 20 && Set(keys).count == 20 && keys.contains("index.html"))
        let others = keys.filter { $0 != "index.html" }
        #expect(others == others.sorted())
        // Not simply the first ones.
        #expect(others.contains { $0 >= "1020" })
        #expect(sample(1, of: 100, index: place) == ["index.html"])
    }

    @Test func aSmallReleaseIsTakenWhole() {
        #expect(sample(20, of: 3, index: 1) == ["1000", "index.html", "1001", "1002"])
        #expect(sample(2, of: 2, index: nil) == ["1000", "1001"])
        #expect(sample(20, of: 0, index: nil) == [])
    }

    private func files(_ base: String) throws -> ReleaseFiles {
        ReleaseFiles(
            base: try HTTPURL(base), store: try StoreURL("site"), version: try ReleaseVersion("v1"), coverage: .all,
            sampleSize: 20, comparesTypes: true, sender: Sender())
    }

    @Test(arguments: [
        ("http://site.test", "http://site.test/a%20b/%C3%BC%25%3F%23.txt"),
        ("http://site.test/docs", "http://site.test/docs/a%20b/%C3%BC%25%3F%23.txt"),
        ("http://site.test/docs/?preview=1", "http://site.test/docs/a%20b/%C3%BC%25%3F%23.txt"),
    ])
    func filesLieBelowTheURL(base: String, url: String) throws {
        #expect(try files(base).check(entry("a b/ü%?#.txt")).url.description == url)
    }

    @Test func aLargeFileMayTakeLongerAndBeLonger() throws {
        let small = try files(page).check(entry("a"))
        #expect(small.sender.timeout == .seconds(10) && small.maximumBodyBytes == 16 << 20)
        let large = try files(page).check(
            entry("a", size: 1 << 20, encoding: "gzip", original: .init(path: "/nowhere", size: 100 << 20, sha256: "b"))
        )
        #expect(large.sender.timeout == .seconds(110) && large.maximumBodyBytes == 100 << 20)
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
}
