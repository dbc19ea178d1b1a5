import Digest
import GzipStep
import HashStep
import Logging
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

@Suite struct GzipTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for name in ["hash", "gzip"] { try folder.write("", to: "\(name)/.keep") }
    }

    private func context(_ name: String) -> StepContext {
        .test(folder: folder[name], project: folder.path)
    }

    private func assets(_ list: String) throws -> [Asset] {
        let reader = try AssetList.Reader(FilePath(list))
        var assets: [Asset] = []
        while let asset = try reader.next() { assets.append(asset) }
        return assets
    }

    /// Hashes `public` and compresses the files that are found.
    private func gzip(_ fields: [String: Value] = [:]) async throws -> (output: Gzip.Output, assets: [Asset]) {
        let hashed = try await Hash(.test(["source": "public"])).run(in: context("hash"))
        return try await compress(fields.merging(["assets": .text(hashed.assets)]) { $1 })
    }

    private func compress(_ fields: [String: Value]) async throws -> (output: Gzip.Output, assets: [Asset]) {
        let output = try await Gzip(.test(fields)).run(in: context("gzip"))
        return (output, try assets(output.assets))
    }

    /// By the machine's own `gzip`, which also checks length and checksum.
    private func unpack(_ path: String) async throws -> [UInt8] {
        let target = folder["unpacked"]
        let status = try await SubprocessRunner(clock: SystemClock()).run(
            Command(
                "sh", ["-c", "gzip -dc < \"$1\" > \"$2\"", "sh", path, target.string],
                environment: ["PATH": "/usr/bin:/bin"], directory: "/")
        ) { _ in }
        #expect(status == .exited(0))
        return try DurableFile.read(target)
    }

    private func text(_ size: Int, seed: Int = 1) -> [UInt8] {
        var state = UInt32(truncatingIfNeeded: seed)
        return (0..<size).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(ascii: "a") + UInt8(state >> 24) % 16
        }
    }

    @Test func compressedFilesTakeTheirOriginalsPlace() async throws {
        let page = text(5_000)
        try folder.write(page, to: "public/index.html")
        try folder.write(text(5_000), to: "public/photo.jpg")
        let (output, assets) = try await gzip()
        #expect(output.compressed == 1 && output.saved == 5_000 - assets[0].size)
        #expect(assets.map(\.key) == ["index.html", "photo.jpg"])
        #expect(assets[0].contentEncoding == "gzip")
        let original = Asset.Original(
            path: folder["public/index.html"].string, size: 5_000, sha256: SHA256.hash(page).description)
        #expect(assets[0].original == original)
        let stored = try DurableFile.read(FilePath(assets[0].path))
        #expect(stored.count == assets[0].size)
        #expect(SHA256.hash(stored).description == assets[0].sha256)
        #expect(try await unpack(assets[0].path) == page)
        #expect(assets[1].contentEncoding == nil && assets[1].path == folder["public/photo.jpg"].string)
    }

    @Test func theBytesAreThoseOfAKnownStream() async throws {
        try folder.write([UInt8](repeating: UInt8(ascii: "a"), count: 100), to: "public/a.html")
        let (_, assets) = try await gzip(["min-size": "0"])
        // No time, effort 2 (smallest), system 255; a run of 100; CRC-32 and length.
        let expected: [UInt8] = [
            0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xFF, 0x4B, 0x4C, 0xA4, 0x3D, 0x00, 0x00, 0x64, 0x7A,
            0x70, 0xAF, 0x64, 0x00, 0x00, 0x00,
        ]
        #expect(try DurableFile.read(FilePath(assets[0].path)) == expected)
    }

    @Test func theNumberOfWorkersChangesNoByte() async throws {
        for number in 0..<120 {
            try folder.write(text(900 + 37 * number, seed: number), to: "public/\(number % 5)/\(number).html")
        }
        let (one, first) = try await gzip(["workers": 1])
        let (four, second) = try await gzip(["workers": 4])
        #expect(one.compressed == four.compressed && one.compressed > 100)
        #expect(first == second)
    }

    /// Sizes around the buffers', and several buffers; half of it is noise, so that the result fills buffers too.
    @Test(arguments: [262_143, 262_144, 262_145, 524_288, 3_000_001])
    func largeFilesStreamThroughTheBuffers(size: Int) async throws {
        let content = text(size)
        try folder.write(content, to: "public/large.svg")
        let (_, assets) = try await gzip()
        #expect(assets[0].contentEncoding == "gzip")
        #expect(try DurableFile.read(FilePath(assets[0].path)).count == assets[0].size)
        #expect(try await unpack(assets[0].path) == content)
    }

    @Test func whatGetsNoSmallerStaysAsItIs() async throws {
        var state = UInt64(1)
        let noise = (0..<600_000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        try folder.write(noise, to: "public/noise.html")
        try folder.write(text(1_023), to: "public/small.html")
        let (output, assets) = try await gzip()
        #expect(output.compressed == 0 && output.saved == 0)
        #expect(assets.map(\.contentEncoding) == [nil, nil])
        #expect(assets[0].path == folder["public/noise.html"].string)
        #expect(throws: FileError.self) { try DurableFile.read(folder["gzip/gz/0/0.gz"]) }
    }

    @Test func sizeSavingAndPatternsAreOptions() async throws {
        try folder.write(text(600), to: "public/a.css")
        try folder.write(text(600), to: "public/b.bin")
        #expect(try await gzip(["min-size": "601B"]).output.compressed == 0)
        #expect(try await gzip(["min-size": "600"]).output.compressed == 1)
        #expect(try await gzip(["min-size": "0", "min-saving": 90]).output.compressed == 0)
        #expect(
            try await gzip(["min-size": "0", "include": ["*.bin"]]).assets.map(\.contentEncoding) == [nil, "gzip"])
    }

    @Test func aFolderIsHashedOnTheWay() async throws {
        try folder.write(text(5_000), to: "public/index.html")
        try folder.write(text(10), to: "public/small.html")
        try folder.write(text(5_000), to: "public/photo.jpg")
        #expect(try await compress(["source": "public"]).assets == gzip().assets)
    }

    @Test func whatIsCompressedAlreadyStaysAsItIs() async throws {
        // So uniform that its compressed bytes could be compressed again.
        try folder.write([UInt8](repeating: UInt8(ascii: "a"), count: 3_000_000), to: "public/index.html")
        let first = try await gzip()
        try folder.write(DurableFile.read(FilePath(first.output.assets)), to: "copy.jsonl")
        #expect(try await compress(["assets": .text(folder["copy.jsonl"].string)]).assets == first.assets)
    }

    /// Bundlers put compressed files beside their originals. They are taken, whatever compressed them.
    @Test(arguments: [true, false])
    func aCompressedFileOfTheSiteIsTaken(_ isHashed: Bool) async throws {
        let script = text(5_000)
        try folder.write(script, to: "public/app.js")
        try folder.write(script.gzipped, to: "public/app.js.gz")
        try folder.write(text(5_000), to: "public/other.js")
        let (output, assets) = isHashed ? try await gzip() : try await compress(["source": "public"])
        #expect(assets.map(\.key) == ["app.js", "app.js.gz", "other.js"])
        #expect(output.compressed == 2)
        #expect(assets[0].path == folder["public/app.js.gz"].string && assets[0].isGzipOfSite)
        #expect(assets[0].original?.sha256 == SHA256.hash(script).description)
        #expect(assets[0].sha256 == assets[1].sha256 && assets[1].contentEncoding == "gzip")
        #expect(!assets[2].isGzipOfSite)
    }

    /// An old one, or one of another file.
    @Test(
        arguments: [Array("other".utf8).gzipped, Array("no gzip at all".utf8), []],
        [("app.js", 5_000), ("app.js", 4), ("data.json", 5_000)])
    func aStrangerOfThatNameIsNot(bytes: [UInt8], file: (name: String, size: Int)) async throws {
        try folder.write(text(file.size), to: "public/\(file.name)")
        try folder.write(bytes, to: "public/\(file.name).gz")
        let lines = LogKeeper.Lines()
        let hashed = try await Hash(.test(["source": "public"])).run(in: context("hash"))
        var context = context("gzip")
        context.logger = Logger(label: "gzip") { _ in LogKeeper(lines) }
        let output = try await Gzip(.test(["assets": .text(hashed.assets)])).run(in: context)
        #expect(output.compressed == 0)
        #expect(try assets(output.assets)[0].contentEncoding == nil)
        #expect(
            lines.texts.count == 1
                && lines.texts[0].contains("`\(file.name)`: the `.gz` beside it holds something else"))
    }

    /// Programs that are no browsers read these. Only a plan takes the time to find out what they would save.
    @Test(arguments: [true, false])
    func aPlanSaysWhatIsLeft(_ isPlan: Bool) async throws {
        for name in ["list.json", "feed.xml", "install.sh"] { try folder.write(text(5_000), to: "public/\(name)") }
        try folder.write(text(5_000), to: "public/index.html")
        let lines = LogKeeper.Lines()
        var context = context("gzip")
        context.isPlan = isPlan
        context.logger = Logger(label: "gzip") { _ in LogKeeper(lines) }
        let output = try await Gzip(.test(["source": "public"])).run(in: context)
        #expect(output.compressed == 1)
        let all = try await compress(["source": "public", "include": ["**"]]).output
        let saved = ByteCount(all.saved - output.saved).text
        #expect(
            lines.texts
                == (isPlan
                    ? [
                        "notice: 3 files stay as they are, because other programs than browsers read such files too; "
                            + "`include: [\"**\"]` would save \(saved)"
                    ] : []))
    }

    @Test func anEmptyFileIsNoTrouble() async throws {
        try folder.write("", to: "public/empty.html")
        #expect(try await gzip(["min-size": "0"]).assets.map(\.contentEncoding) == [nil])
    }

    @Test func aFileThatIsAnotherThanTheListSaysIsRefused() async throws {
        try folder.write(text(5_000), to: "public/index.html")
        let hashed = try await Hash(.test(["source": "public"])).run(in: context("hash"))
        try folder.write(text(5_000, seed: 2), to: "public/index.html")
        let error = await #expect(throws: FileChanged.self) { try await compress(["assets": .text(hashed.assets)]) }
        #expect(error?.code == "file-changed")
        #expect(error?.message.contains("index.html") == true)
    }

    @Test func aSecondAttemptGivesTheSame() async throws {
        try folder.write(text(5_000), to: "public/index.html")
        let first = try await gzip()
        let second = try await gzip()
        #expect(first.assets == second.assets)
    }
}
