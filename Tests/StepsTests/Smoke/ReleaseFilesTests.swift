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

    /// A folder has the original beside the compressed file; a bucket has the compressed one alone.
    @Test(arguments: [
        (nil, "original", true), (nil, "stored", false), ("gzip", "stored", true), ("gzip", "original", false),
    ])
    func theBytesAreThoseOfTheEncodingThatCame(encoding: String?, sha256: String, isGood: Bool) {
        let original = Asset.Original(path: "/nowhere", size: 9, sha256: "original")
        let entry = entry("a", sha256: "stored", encoding: "gzip", original: original)
        var answer = Answer(
            HTTPResponse(
                status: 200, headers: HTTPHeaders(encoding.map { [.init("Content-Encoding", $0)] } ?? []),
                effectiveURL: page, timings: .init(firstByte: .zero, total: .zero)), nil)
        answer.sha256 = sha256
        #expect((entry.mismatch(in: answer) == nil) == isGood)
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
