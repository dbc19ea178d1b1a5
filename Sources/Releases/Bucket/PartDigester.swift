internal import Digest
internal import PipelineKit
internal import TextCoding

/// Computes the MD5s that ETags are made of, of one file after the other, through one buffer.
///
/// It belongs to the thread that made it.
package final class PartDigester {
    private let md5: MD5
    private let whole: MD5
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)

    /// - Returns: nil if this machine has no MD5.
    package init?() {
        guard let md5 = MD5(), let whole = MD5() else { return nil }
        (self.md5, self.whole) = (md5, whole)
    }

    deinit {
        buffer.deallocate()
    }

    /// - Returns: the MD5 of the file, in hexadecimal digits.
    func digest(_ file: RegularFile, _ flag: CancellationFlag) throws -> String {
        var offset = 0
        do {
            while true {
                let bytes = try read(file, at: &offset, buffer.count, flag)
                md5.update(bytes)
                // A file gives less than was asked for at its end only.
                if bytes.count < buffer.count { return Hexadecimal.encode(md5.finish()) }
            }
        } catch {
            // What is left of this file must not be in the next one's.
            _ = md5.finish()
            throw error
        }
    }

    /// - Returns: the MD5 of the MD5s of a file's parts, in hexadecimal digits.
    func digest(_ file: RegularFile, partSize: Int, _ flag: CancellationFlag) throws -> String {
        defer {
            // What an error has left of this file must not be in the next one's.
            _ = (md5.finish(), whole.finish())
        }
        var (left, hasPart, offset) = (partSize, false, 0)
        func endPart() {
            md5.finish().withUnsafeBytes { whole.update($0) }
            (left, hasPart) = (partSize, true)
        }
        while true {
            let bytes = try read(file, at: &offset, min(buffer.count, left), flag)
            if bytes.isEmpty { break }
            md5.update(bytes)
            left -= bytes.count
            if left == 0 { endPart() }
        }
        if !hasPart || left < partSize { endPart() }
        return Hexadecimal.encode(whole.finish())
    }

    private func read(
        _ file: RegularFile, at offset: inout Int, _ count: Int, _ flag: CancellationFlag
    ) throws -> UnsafeRawBufferPointer {
        try flag.check()
        let count = try file.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
        offset += count
        return UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }
}
