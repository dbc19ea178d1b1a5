internal import Digest
internal import PipelineKit
internal import SystemPackage

/// Computes the MD5s that ETags are made of, of one file after the other, through one buffer.
///
/// It belongs to the thread that made it.
final class PartDigester {
    private let md5: MD5
    private let whole: MD5
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)

    /// - Returns: nil where this machine has no MD5.
    init?() {
        guard let md5 = MD5(), let whole = MD5() else { return nil }
        (self.md5, self.whole) = (md5, whole)
    }

    deinit {
        buffer.deallocate()
    }

    /// - Returns: the MD5 of each part, and that of all of these together; in hexadecimal digits.
    func digest(_ path: FilePath, partSize: Int, _ flag: CancellationFlag) throws -> (parts: [String], joined: String) {
        let file = try DurableFile.open(path, .readOnly, options: [.noFollow, .nonBlocking])
        defer { try? file.close() }
        var parts: [String] = []
        var left = partSize
        func endPart() {
            let digest = md5.finish()
            digest.withUnsafeBytes { whole.update($0) }
            parts.append(Self.hex(digest))
            left = partSize
        }
        defer {
            // Whatever an error has left is not to be in the next file's.
            _ = (md5.finish(), whole.finish())
        }
        while true {
            try flag.check()
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, left)])
            let count: Int
            do {
                count = try file.read(into: room)
            } catch let error as Errno {
                throw FileError("read", path, error)
            }
            if count == 0 { break }
            md5.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            left -= count
            if left == 0 { endPart() }
        }
        if parts.isEmpty || left < partSize { endPart() }
        return (parts, Self.hex(whole.finish()))
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func hex(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: 2 * bytes.count) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[2 * index] = digits[Int(byte >> 4)]
                buffer[2 * index + 1] = digits[Int(byte & 15)]
            }
            return 2 * bytes.count
        }
    }
}
