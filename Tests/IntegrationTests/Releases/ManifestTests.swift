import Digest
import PipelineKit
import Releases
import SystemPackage
import Testing
import TestSupport

@Suite struct ManifestTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static func header() throws -> ManifestHeader {
        ManifestHeader(
            version: try ReleaseVersion("v1"), commit: "abc", committedAt: "2025-12-31T00:00:00Z",
            createdAt: "2026-01-01T00:00:00Z", runID: "run-1",
            origin: RunOrigin(person: "ann", jobURL: nil), runnerVersion: "1.0.0")
    }

    private static let assets = [
        Asset(key: "\"q\"\\\n\u{1}", path: "/x", size: 0, sha256: "00", contentType: "text/plain; charset=utf-8"),
        Asset(
            key: "日本語/🎉.html", path: "/y", size: 7, sha256: "11", contentType: "text/html", contentEncoding: "gzip",
            isFingerprinted: true, original: .init(path: "/z", size: 9, sha256: "22")),
    ]

    @Test func readsBackWhatItWrote() throws {
        let path = folder["m.jsonl"]
        let header = try Self.header()
        let writer = try Manifest.Writer(path, header)
        let entries = Self.assets.map {
            ManifestEntry($0, cacheControl: "no-cache", headers: ["x-a": "1", "x-b": "ü\""])
        }
        for entry in entries { try writer.write(entry) }
        try writer.finish()
        let reader = try Manifest.Reader(path)
        #expect(reader.header == header)
        var found: [ManifestEntry] = []
        while let entry = try reader.next() { found.append(entry) }
        #expect(found == entries)
    }

    @Test func assetListsReadBackAsWell() throws {
        let writer = try AssetList.Writer(folder["a.jsonl"])
        for asset in Self.assets { try writer.write(asset) }
        try writer.finish()
        let reader = try AssetList.Reader(folder["a.jsonl"])
        var found: [Asset] = []
        while let asset = try reader.next() { found.append(asset) }
        #expect(found == Self.assets)
    }

    /// As other programs write JSON: spaces, escapes, unknown fields.
    @Test func readsAnyJSON() throws {
        let line = #"""
            { "more": [1, -2.5e3, {"a": null}, true, ""], "key" : "a\u00e9\ud83c\udf89\/\n", "size":3,"sha256":"x",
            """# + #" "contentType":"t", "path":"\t" }"#
        try folder.write(line.replacing("\n", with: " ") + "\n", to: "a.jsonl")
        let asset = try AssetList.Reader(folder["a.jsonl"]).next()
        #expect(asset?.key == "aé🎉/\n" && asset?.path == "\t" && asset?.size == 3)
    }

    @Test(arguments: [
        "", "{", "{}", "[]", "null", #"{"key":"a"}"#, #"{"key":1}"#, #"{"key":"a","size":"1"}"#, #"{"key":"a}"#,
        #"{"key":"\ud800","size":1,"sha256":"x","content-type":"t","cache-control":"c"}"#,
        #"{"key":"a","size":-1,"sha256":"x","content-type":"t","cache-control":"c"}"#,
        #"{"key":"a","size":1,"sha256":"x","content-type":"t","cache-control":"c"} x"#,
        #"{"key":"../a","size":1,"sha256":"x","content-type":"t","cache-control":"c"}"#,
        #"{"x":"# + String(repeating: "[", count: 100_000),
    ])
    func refusesWhatIsNoEntry(line: String) throws {
        let header = #"{"format":1,"version":"v1","created-at":"","run":"r"}"#
        try folder.write("\(header)\n\(line)\n", to: "m.jsonl")
        let reader = try Manifest.Reader(folder["m.jsonl"])
        let error = #expect(throws: ManifestError.self) { try reader.next() }
        #expect(error?.code == "bad-manifest" && error?.message.contains("line 2") == true)
    }

    @Test func refusesOtherFilesAndNewerFormats() throws {
        for (text, code) in [
            "": "bad-manifest", "x\n": "bad-manifest", #"{"format":1}"#: "bad-manifest",
            #"{"format":1,"version":"../x","created-at":"","run":"r"}"#: "bad-manifest",
            #"{"format":2,"version":"v1","created-at":"","run":"r","runner":"9"}"#: "newer-format",
            // The fields of another format may be others.
            #"{"format":2,"release":["v1"]}"#: "newer-format",
        ] {
            try folder.write(text, to: "m.jsonl")
            let error = #expect(throws: (any Error).self) { try Manifest.Reader(folder["m.jsonl"]) }
            #expect((error as? any DescribedError)?.code == code, "\(text)")
        }
    }

    @Test func wantsItsEntriesSorted() throws {
        let writer = try Manifest.Writer(folder["m.jsonl"], try Self.header())
        for key in ["b", "a"] {
            try writer.write(
                ManifestEntry(
                    Asset(key: key, path: "/", size: 0, sha256: "", contentType: ""), cacheControl: ""))
        }
        try writer.finish()
        let reader = try Manifest.Reader(folder["m.jsonl"])
        _ = try reader.next()
        #expect(throws: ManifestError.self) { try reader.next() }
    }

    @Test func comparesTwoReleases() throws {
        func entries(_ keys: [(String, String, String)]) -> () -> ManifestEntry? {
            var rest = keys[...]
            return {
                rest.popFirst().map { key, sha256, cacheControl in
                    ManifestEntry(
                        Asset(key: key, path: "/", size: 1, sha256: sha256, contentType: "t"),
                        cacheControl: cacheControl)
                }
            }
        }
        let old = [("a", "1", "c"), ("b", "1", "c"), ("d", "1", "c"), ("e", "1", "c")]
        let new = [("b", "2", "c"), ("c", "1", "c"), ("d", "1", "x"), ("e", "1", "c")]
        let comparison = try ManifestComparison(from: entries(old), to: entries(new))
        #expect(comparison.text == "a (removed), b (content), c (added), d (headers)")
        #expect(try ManifestComparison(from: entries(old), to: entries(old)).isEmpty)
    }
}
