public import Digest

/// Hashes files through one buffer.
///
/// It belongs to the thread that made it.
public final class FileDigester {
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    private let sha = SHA256()

    public init() {}

    deinit {
        buffer.deallocate()
    }

    /// - Throws: `FileError`; `StepError` `file-changed`.
    public func digest(_ path: String) throws -> (size: Int, sha256: SHA256Digest) {
        var file = try StableFile(path)
        while true {
            let count = try file.read(into: buffer)
            guard count > 0 else { break }
            sha.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        let digest = sha.finish()
        try file.checkUnchanged()
        return (file.size, digest)
    }
}
