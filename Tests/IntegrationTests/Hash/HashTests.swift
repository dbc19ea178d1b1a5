import Digest
import Glibc
import HashStep
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

@Suite struct HashTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("", to: "run/.keep")
    }

    private func run(_ fields: [String: Value]) async throws -> (output: Hash.Output, assets: [Asset]) {
        let context = StepContext.test(folder: folder["run"], project: folder.path)
        let output = try await Hash(.test(fields)).run(in: context)
        let reader = try AssetList.Reader(FilePath(output.assets))
        var assets: [Asset] = []
        while let asset = try reader.next() { assets.append(asset) }
        return (output, assets)
    }

    @Test func everyFileIsListedWithItsHash() async throws {
        try folder.write("abc", to: "public/index.html")
        try folder.write("", to: "public/empty.txt")
        let large = [UInt8](repeating: 7, count: 1_000_000)
        try folder.write(large, to: "public/assets/large.bin")
        let (output, assets) = try await run(["source": "public"])
        #expect(output.files == 3 && output.bytes == 1_000_003)
        #expect(assets.map(\.key) == ["assets/large.bin", "empty.txt", "index.html"])
        #expect(assets[0].sha256 == SHA256.hash(large).description)
        #expect(assets[1].sha256 == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(assets[2].sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(assets[2].path == folder["public/index.html"].string)
        #expect(assets[2].contentType == "text/html; charset=utf-8")
        #expect(assets[2].size == 3 && assets[2].contentEncoding == nil && assets[2].original == nil)
    }

    @Test func itSaysInASentenceWhatItHasDone() async throws {
        try folder.write([UInt8](repeating: 7, count: 2_048), to: "public/index.html")
        let hash = try Hash(.test(["source": "public"]))
        #expect(hash.summary(of: try await run(["source": "public"]).output) == "1 file, 2.0 KiB")
        try folder.write("", to: "public/empty.txt")
        #expect(hash.summary(of: try await run(["source": "public"]).output) == "2 files, 2.0 KiB")
    }

    @Test func manyFilesKeepTheOrderOfTheirKeys() async throws {
        for number in 0..<700 { try folder.write("\(number)", to: "public/\(number % 7)/\(number).txt") }
        let (output, assets) = try await run(["source": "public"])
        #expect(output.files == 700)
        let keys = assets.map(\.key)
        #expect(keys == keys.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
        #expect(
            assets.allSatisfy { asset in
                let name = asset.key.split(separator: "/")[1].dropLast(4)
                return asset.sha256 == SHA256.hash(name.utf8).description
            })
    }

    @Test func patternsAreHonoured() async throws {
        for name in ["a.html", "a.map", "b.html"] { try folder.write("x", to: "public/\(name)") }
        let (_, assets) = try await run([
            "source": "public", "include": ["*.html", "*.map"], "exclude": ["b*", "*.map"],
        ])
        #expect(assets.map(\.key) == ["a.html"])
    }

    @Test func aMissingSourceIsNamed() async throws {
        let error = await #expect(throws: StepError.self) { try await run(["source": "missing"]) }
        #expect(error?.code == "no-source")
        #expect(error?.message.contains(folder["missing"].string) == true)
    }

    @Test func aFileThatGrowsOrShrinksWhileItIsReadIsRefused() throws {
        try folder.write("0123456789", to: "file")
        let path = folder["file"]
        for content in ["01234", "0123456789+", "9876543210"] {
            try folder.write("0123456789", to: "file")
            var file = StableFile(try RegularFile(path))
            var buffer = [UInt8](repeating: 0, count: 4)
            _ = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
            try folder.write(content, to: "file")
            // Two writes may fall into one tick of the file system's clock.
            #expect(utimes(path.string, [timeval(), timeval()]) == 0)
            var rest = [UInt8](repeating: 0, count: 64)
            _ = try rest.withUnsafeMutableBytes { try file.read(into: $0) }
            var code: String?
            do { try file.checkUnchanged() } catch let error as FileChanged { code = error.code }
            #expect(code == "file-changed", "after it became \(content)")
        }
    }

    @Test func aFileThatWasNotReadToItsEndIsNotTakenForWhole() throws {
        try folder.write("0123456789", to: "file")
        var file = StableFile(try RegularFile(folder["file"]))
        var buffer = [UInt8](repeating: 0, count: 4)
        _ = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
        var isRefused = false
        do { try file.checkUnchanged() } catch { isRefused = true }
        #expect(isRefused)
    }

    @Test func aCancelEndsTheWork() async throws {
        for number in 0..<50 { try folder.write("\(number)", to: "public/\(number).txt") }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await run(["source": "public"]).output.files
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(throws: FileError.self) { try DurableFile.read(folder["run/assets.jsonl"]) }
    }
}
