public import Digest
public import PipelineKit

/// Hashes files through one buffer.
///
/// It belongs to the thread that made it.
public final class FileDigester {
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    private let sha = SHA256()
    private let files: SiteFiles

    /// - Parameter files: the scanner's, if the files come from one.
    public init(_ files: SiteFiles = SiteFiles()) { self.files = files }

    deinit {
        buffer.deallocate()
    }

    /// - Throws: `FileError`; `FileChanged`.
    public func asset(of source: SourceFile) throws -> Asset {
        var (text, beginning) = (source.mayBeText ? TextCheck() : nil, [UInt8]())
        let (size, digest) = try digest(try StableFile(source, files)) { bytes in
            text?.add(bytes)
            if beginning.isEmpty { beginning = Array(bytes.prefix(4)) }
        }
        return source.asset(
            size: size, sha256: digest.description, isUTF8: text?.isUTF8 ?? true, beginning: beginning)
    }

    /// - Throws: `FileError`; `FileChanged`.
    public func digest(_ file: RegularFile) throws -> (size: Int, sha256: SHA256Digest) {
        try digest(StableFile(file)) { _ in }
    }

    private func digest(
        _ file: consuming StableFile, _ pass: (UnsafeRawBufferPointer) -> Void
    ) throws -> (size: Int, sha256: SHA256Digest) {
        while true {
            let count = try file.read(into: buffer)
            guard count > 0 else { break }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            sha.update(bytes)
            pass(bytes)
        }
        let digest = sha.finish()
        try file.checkUnchanged()
        return (file.size, digest)
    }

    /// The same without the SHA-256, and only text is read.
    ///
    /// - Throws: `FileError`; `FileChanged`.
    func unhashedAsset(of source: SourceFile) throws -> Asset {
        // What is outside of the source folder is known by its SHA-256 from here on.
        if source.pin != nil { return try asset(of: source) }
        guard source.mayBeText || source.content.coding != nil else {
            return source.asset(size: try StableFile(source, files).size, sha256: "", isUTF8: true)
        }
        var file = try StableFile(source, files)
        guard source.mayBeText else {
            let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<4]))
            return source.asset(size: file.size, sha256: "", isUTF8: true, beginning: Array(buffer.prefix(count)))
        }
        var text = TextCheck()
        while text.isUTF8OrUnfinished {
            let count = try file.read(into: buffer)
            guard count > 0 else { break }
            text.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        return source.asset(size: file.size, sha256: "", isUTF8: text.isUTF8)
    }
}
