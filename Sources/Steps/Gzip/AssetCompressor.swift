internal import Digest
internal import Glibc
internal import PipelineKit
internal import Releases
internal import SystemPackage

/// Compresses one asset after the other, with one set of buffers.
///
/// It belongs to the thread that made it.
final class AssetCompressor {
    private let policy: CompressionPolicy
    private let folder: FilePath
    private let deflater: Deflater
    private let digester = FileDigester()
    private let originalDigest = SHA256()
    private let compressedDigest = SHA256()
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    private var target: CompressedFolder?

    /// - Parameter folder: for the compressed files; it need not exist.
    init(_ policy: CompressionPolicy, into folder: FilePath) throws {
        self.policy = policy
        self.folder = folder
        deflater = try Deflater(level: policy.level)
        try DurableFile.makeFolder(folder)
    }

    deinit {
        input.deallocate()
        output.deallocate()
    }

    /// - Parameter number: names the compressed file; no two items have the same.
    func process(_ item: CompressionItem, number: Int) throws -> Asset {
        switch item {
        case .asset(let asset):
            guard asset.contentEncoding == nil, asset.size >= policy.minSize,
                policy.tries(asset.key, contentType: asset.contentType)
            else { return asset }
            let result = try compress(asset.path, number: number)
            guard result.original.sha256 == asset.sha256 else { throw FileChanged(path: asset.path) }
            return result.compressed.map { asset.compressed($0, of: result.original) } ?? asset
        case .file(let file):
            return try process(file, number: number)
        }
    }

    private func process(_ file: SourceFile, number: Int) throws -> Asset {
        let contentType = ContentType.of(file.key)
        func asset(_ size: Int, _ sha256: String) -> Asset {
            Asset(
                key: file.key, path: file.path, size: size, sha256: sha256, contentType: contentType,
                isFingerprinted: file.isFingerprinted)
        }
        guard policy.tries(file.key, contentType: contentType) else {
            let (size, digest) = try digester.digest(file.path)
            return asset(size, digest.description)
        }
        let result = try compress(file.path, number: number)
        let plain = asset(result.original.size, result.original.sha256)
        return result.compressed.map { plain.compressed($0, of: result.original) } ?? plain
    }

    struct Compressed {
        var path: String
        var size: Int
        var sha256: String
    }

    /// - Returns: no compressed file if the policy does not keep it.
    private func compress(_ path: String, number: Int) throws -> (original: Asset.Original, compressed: Compressed?) {
        var source = try StableFile(path)
        guard source.size >= policy.minSize else {
            let (size, digest) = try digester.digest(path)
            return (Asset.Original(path: path, size: size, sha256: digest.description), nil)
        }
        var target = try file(number)
        var (filled, size, rest) = (Deflater.headerSize, 0, source.size)
        deflater.begin(output)
        do {
            repeat {
                let count = try source.read(into: input)
                let bytes = UnsafeRawBufferPointer(rebasing: input[..<count])
                rest -= count
                originalDigest.update(bytes)
                // A file that became shorter ends the loop too; it is refused below.
                try deflater.add(bytes, isLast: rest == 0 || count == 0, into: output, filled: &filled) { full in
                    size += full.count
                    compressedDigest.update(full)
                    try target.write(full)
                }
                if count == 0 { break }
            } while rest > 0
            let original = Asset.Original(path: path, size: source.size, sha256: originalDigest.finish().description)
            try source.checkUnchanged()
            let end = UnsafeRawBufferPointer(rebasing: output[..<filled])
            size += end.count
            compressedDigest.update(end)
            let sha256 = compressedDigest.finish().description
            guard policy.keeps(size, of: source.size) else {
                target.discard()
                return (original, nil)
            }
            try target.write(end)
            return (original, Compressed(path: target.path, size: size, sha256: sha256))
        } catch {
            target.discard()
            throw error
        }
    }

    /// Puts a thousand files into each folder: two workers that create files in one folder wait for each other.
    private func file(_ number: Int) throws -> CompressedFile {
        let name = "\(number / 1_000)"
        if let target, target.name == name { return CompressedFile("\(number).gz", in: target) }
        let target = try CompressedFolder(name, in: folder)
        self.target = target
        return CompressedFile("\(number).gz", in: target)
    }
}

extension Asset {
    fileprivate func compressed(_ file: AssetCompressor.Compressed, of original: Original) -> Asset {
        var asset = self
        asset.path = file.path
        asset.size = file.size
        asset.sha256 = file.sha256
        asset.contentEncoding = "gzip"
        asset.original = original
        return asset
    }
}
