internal import Digest
internal import HTTP
internal import PipelineKit
internal import SystemPackage

/// A range of an open file's bytes as a part of an upload. It is hashed here and read again while it is sent, so that no
/// part is held in memory. The service compares the digest, and refuses what has changed in between.
struct FilePart {
    let file: RegularFile
    let range: Range<Int>

    init(_ file: RegularFile, _ range: Range<Int>) {
        self.file = file
        self.range = range
    }

    /// - Throws: `FileError`; `StepError` `file-changed` if the file has become shorter.
    func load() async throws -> (RequestBody, SHA256Digest) {
        let digest = try await BlockingWork.run { [file, range] flag in
            try Self.digest(of: file, range, flag)
        }
        return (.file(FileRegion(file, offset: range.lowerBound, count: range.count)), digest)
    }

    private static func digest(
        of file: RegularFile, _ range: Range<Int>, _ flag: CancellationFlag
    ) throws -> SHA256Digest {
        let sha = SHA256()
        var buffer = [UInt8](repeating: 0, count: min(range.count, 256 << 10))
        var offset = range.lowerBound
        while offset < range.upperBound {
            try flag.check()
            let wanted = min(buffer.count, range.upperBound - offset)
            let count = try buffer.withUnsafeMutableBytes { bytes in
                try file.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<wanted]))
            }
            guard count == wanted else { throw FileChanged(path: file.path.string) }
            buffer.withUnsafeBytes { sha.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            offset += count
        }
        return sha.finish()
    }
}
