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
    private let files: SiteFiles
    private let digester: FileDigester
    private let originalDigest = SHA256()
    private let compressedDigest = SHA256()
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    private var target: CompressedFolder?
    /// Files beside which the site has a `.gz` that holds something else.
    private let strangers: SharedSample

    /// - Parameters:
    ///   - files: opens those of the site; shared by the threads.
    ///   - folder: for the compressed files; it need not exist.
    init(
        _ policy: CompressionPolicy, of files: SiteFiles, into folder: FilePath, _ strangers: SharedSample
    ) throws {
        self.strangers = strangers
        (self.files, digester) = (files, FileDigester(files))
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
            guard asset.contentEncoding == nil else { return asset }
            let isTried = asset.size >= policy.minSize && policy.tries(asset.key, contentType: asset.contentType)
            if asset.gzip != nil { return try takingGzip(asset, if: isTried) }
            if !isTried { return asset }
            let result = try compress(SourceFile(asset), number: number)
            guard result.original.sha256 == asset.sha256 else { throw FileChanged(path: asset.path) }
            return result.compressed.map { asset.compressed($0, of: result.original) } ?? asset
        case .file(let file):
            return try process(file, number: number)
        }
    }

    private func process(_ file: SourceFile, number: Int) throws -> Asset {
        let (type, coding) = file.content
        let isTried = coding == nil && policy.tries(file.key, contentType: type)
        if coding == nil, file.hasGzip {
            let asset = try digester.asset(of: file)
            return try takingGzip(asset, if: isTried && asset.size >= policy.minSize)
        }
        if !isTried { return try digester.asset(of: file) }
        let result = try compress(file, number: number)
        let plain = file.asset(
            size: result.original.size, sha256: result.original.sha256, isUTF8: result.isUTF8)
        return result.compressed.map { plain.compressed($0, of: result.original) } ?? plain
    }

    /// The asset with the compressed bytes that the site has beside it. If they are not its own, it stays as it is:
    /// two files cannot have one name in a folder.
    ///
    /// - Parameter isTried: if false, they are only compared.
    private func takingGzip(_ asset: Asset, if isTried: Bool) throws -> Asset {
        guard let beside = asset.besideIt else { return asset }
        let file = try GzipFile(files.open(beside))
        let own = Asset.Original(path: asset.path, size: asset.size, sha256: asset.sha256)
        guard file.original.map({ $0.size == own.size && $0.sha256 == own.sha256 }) ?? false else {
            strangers.add(asset.key)
            return asset
        }
        if !isTried { return asset }
        return asset.compressed(Compressed(path: beside.path, size: file.size, sha256: file.sha256), of: own)
    }

    /// By how many bytes a file that the policy leaves would get smaller.
    func measure(_ asset: Asset) throws -> Int {
        guard asset.contentEncoding == nil, asset.size >= policy.minSize,
            policy.leaves(asset.key, contentType: asset.contentType)
        else { return 0 }
        var source = try StableFile(SourceFile(asset), files)
        var (filled, size, rest) = (Deflater.headerSize, 0, source.size)
        deflater.begin(output)
        while rest > 0 {
            let count = try source.read(into: input)
            rest -= count
            let bytes = UnsafeRawBufferPointer(rebasing: input[..<count])
            try deflater.add(bytes, isLast: rest == 0 || count == 0, into: output, filled: &filled) { size += $0.count }
            if count == 0 { break }
        }
        size += filled
        return policy.keeps(size, of: source.size) ? source.size - size : 0
    }

    struct Compressed {
        var path: String
        var size: Int
        var sha256: String
    }

    /// - Returns: no compressed file if the policy does not keep it.
    private func compress(
        _ file: SourceFile, number: Int
    ) throws -> (original: Asset.Original, compressed: Compressed?, isUTF8: Bool) {
        var source = try StableFile(file, files)
        guard source.size >= policy.minSize else {
            let asset = try digester.asset(of: file)
            let isUTF8 = !file.mayBeText || ContentType.saysUTF8(asset.contentType)
            return (Asset.Original(path: file.path, size: asset.size, sha256: asset.sha256), nil, isUTF8)
        }
        var text = file.mayBeText ? TextCheck() : nil
        var target = try self.file(number)
        var (filled, size, rest) = (Deflater.headerSize, 0, source.size)
        deflater.begin(output)
        do {
            repeat {
                let count = try source.read(into: input)
                let bytes = UnsafeRawBufferPointer(rebasing: input[..<count])
                rest -= count
                originalDigest.update(bytes)
                text?.add(bytes)
                // A file that became shorter ends the loop too; it is refused below.
                try deflater.add(bytes, isLast: rest == 0 || count == 0, into: output, filled: &filled) { full in
                    size += full.count
                    compressedDigest.update(full)
                    try target.write(full)
                }
                if count == 0 { break }
            } while rest > 0
            let original = Asset.Original(
                path: file.path, size: source.size, sha256: originalDigest.finish().description)
            try source.checkUnchanged()
            let end = UnsafeRawBufferPointer(rebasing: output[..<filled])
            size += end.count
            compressedDigest.update(end)
            let sha256 = compressedDigest.finish().description
            guard policy.keeps(size, of: source.size) else {
                target.discard()
                return (original, nil, text?.isUTF8 ?? true)
            }
            try target.write(end)
            return (original, Compressed(path: target.path, size: size, sha256: sha256), text?.isUTF8 ?? true)
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
