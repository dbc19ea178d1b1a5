import AWS
import Digest
import FoundationEssentials
import Glibc
import GzipStep
import HashStep
import ObjectStorage
import PipelineKit
import Releases
import SyncStep
import SystemPackage
import TestSupport
import Testing

/// A folder of the site that is a link out of it for moments, while it is listed, hashed, compressed, copied and sent.
struct SwapRace {
    let site: SiteFixture
    /// Rounds that count: the swap happened during the step.
    private(set) var counted: [String: Int] = [:]

    static let marker = "OUTSIDE"
    /// Of the files outside.
    private var digests: Set<String> = []

    init() throws {
        site = try SiteFixture()
        for number in 0..<200 {
            // Of one size: only the bytes differ.
            let name = "assets/\(number / 50)/file-\(number).js"
            try site.folder.write(String(repeating: "inside! ", count: 200 + number % 7), to: "project/public/\(name)")
            try site.folder.write(
                String(repeating: "\(Self.marker) ", count: 200 + number % 7), to: "outside/\(name.dropFirst(7))")
        }
        for name in try FileManager.default.subpathsOfDirectory(atPath: site.folder["outside"].string) {
            guard let bytes = try? DurableFile.read(site.folder["outside"].pushing(FilePath(name))) else { continue }
            digests.insert(SHA256.hash(bytes).description)
        }
        let large = String(repeating: "inside! ", count: (6 << 20) / 8)
        try site.folder.write(large, to: "project/public/assets/large.bin")
        let other = large.replacing("inside!", with: Self.marker)
        try site.folder.write(other, to: "outside/large.bin")
        digests.insert(SHA256.hash(other.utf8).description)
        try site.folder.write("<html>", to: "project/public/index.html")
        try #require(symlink("../../outside", site.folder["project/public/swapped"].string) == 0)
    }

    /// Does something while the folder is being exchanged. It may fail: what counts is what is published.
    private mutating func swapping<Result>(_ what: String, _ body: () async throws -> Result) async -> Result? {
        let swapper = Swapper(site.folder["project/public/assets"], site.folder["project/public/swapped"])
        swapper.start()
        while swapper.swaps == 0 { usleep(100) }
        let before = swapper.swaps
        let result = try? await body()
        if swapper.swaps > before { counted[what, default: 0] += 1 }
        swapper.stop()
        return result
    }

    /// One round: a release of its own, made while the folder is exchanged during one step after the other.
    mutating func round(
        _ number: Int, _ sync: (String, String) throws -> Sync,
        context: (_ run: String, _ step: String) throws -> StepContext
    ) async throws {
        var options = Hash.Options()
        options.source = "public"
        options.exclude = [try Glob("swapped/**")]
        let hash = Hash(options)
        let hashing = try context("run-\(number)", "hash-swapped")
        if let hashed = await swapping("hash", { try await hash.run(in: hashing) }) {
            try expectNothingFromOutside(in: hashed.assets)
        }
        let hashed = try await hash.run(in: try context("run-\(number)", "hash"))
        var compression = Gzip.Options()
        compression.assets = hashed.assets
        let gzip = Gzip(compression)
        let zipping = try context("run-\(number)", "gzip-swapped")
        if let zipped = await swapping("gzip", { try await gzip.run(in: zipping) }) {
            try expectNothingFromOutside(in: zipped.assets)
        }
        let zipped = try await gzip.run(in: try context("run-\(number)", "gzip"))
        // Once with what was compressed, whose originals are read, and once with the files alone.
        for (name, assets) in [("gz", zipped.assets), ("plain", hashed.assets)] {
            let step = try sync("v\(number)-\(name)", assets)
            let upload = try context("run-\(number)", "sync-\(name)")
            _ = await swapping("sync", { try await perform(step, in: upload) })
        }
    }

    /// True for the bytes of a file outside, also if they are compressed.
    func isFromOutside(_ bytes: [UInt8]) throws -> Bool {
        if digests.contains(SHA256.hash(bytes).description) { return true }
        guard bytes.starts(with: [0x1F, 0x8B]) else { return false }
        let file = site.folder["packed"]
        try DurableFile.write(bytes, to: file)
        let original = try #require(try GzipFile(RegularFile(file)).original)
        return digests.contains(original.sha256)
    }

    private func expectNothingFromOutside(in list: String) throws {
        let reader = try AssetList.Reader(FilePath(list))
        while let asset = try reader.next() {
            #expect(!asset.path.contains("/outside/"))
            #expect(!digests.contains(asset.original?.sha256 ?? asset.sha256), "\(asset.key)")
            #expect(asset.key.hasPrefix("assets/") || asset.key == "index.html", "\(asset.key)")
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(10))) struct SwapRaceTests {
    @Test func nothingFromOutsideComesIntoAFolder() async throws {
        var race = try SwapRace()
        let site = race.site
        for number in 1...10 {
            try await race.round(number) {
                try site.sync($0, $1)
            } context: {
                try site.context(run: $0, step: $1)
            }
        }
        for step in ["hash", "gzip", "sync"] { #expect(race.counted[step, default: 0] > 2, "\(race.counted)") }
        for name in site.files("releases") {
            let bytes = try DurableFile.read(site.store.root.appending("releases").pushing(FilePath(name)))
            #expect(try !race.isFromOutside(bytes), "\(name)")
        }
    }

    @Test func nothingFromOutsideComesIntoABucket() async throws {
        try await BucketFixture.with { bucket in
            var race = try SwapRace()
            let site = race.site
            for number in 1...5 {
                try await race.round(number) { version, assets in
                    try bucket.sync(version, assets) { $0.partSize = ByteCount(5 << 20) }
                } context: { run, step in
                    var context = try bucket.context(run: run, step: step)
                    context.project = Project(folder: site.folder["project"])
                    return context
                }
            }
            for step in ["hash", "gzip", "sync"] { #expect(race.counted[step, default: 0] > 2, "\(race.counted)") }
            for key in try await bucket.keys("releases/") {
                let object = try #require(
                    try await bucket.aws.s3.getObject("\(bucket.prefix)/releases/\(key)", maximumBytes: 16 << 20))
                #expect(try !race.isFromOutside(object.bytes), "\(key)")
            }
        }
    }
}
