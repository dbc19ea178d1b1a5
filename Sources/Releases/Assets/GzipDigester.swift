internal import CZlib
internal import Digest
public import PipelineKit

/// Finds the size and digest of what a gzip stream unpacks to, as its bytes pass by.
///
/// It belongs to the thread or lock that has it.
final class GzipDigester {
    // The C structure must not move: zlib keeps a pointer back to it.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 64)
    private let sha = SHA256()
    private var size = 0
    private var state = State.atEnd

    private enum State {
        /// Between two members, or before the first: a file may have several in a row.
        case atEnd
        case inside, broken
    }

    /// - Returns: nil if there is no memory for it.
    init?() {
        stream.initialize(to: z_stream())
        // With the header and the check sum of gzip.
        guard runner_inflate_init(stream, 15 + 16) == Z_OK else {
            stream.deallocate()
            room.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        room.deallocate()
    }

    func restart() {
        inflateReset(stream)
        _ = sha.finish()
        (size, state) = (0, .atEnd)
    }

    func add(_ bytes: UnsafeRawBufferPointer) {
        stream.pointee.next_in = UnsafeMutableRawBufferPointer(mutating: bytes).bindMemory(to: Bytef.self).baseAddress
        stream.pointee.avail_in = uInt(bytes.count)
        while state != .broken, stream.pointee.avail_in > 0 { unpack() }
    }

    private func unpack() {
        if state == .atEnd {
            inflateReset(stream)
            state = .inside
        }
        var result = Z_OK
        repeat {
            stream.pointee.next_out = room.bindMemory(to: Bytef.self).baseAddress
            stream.pointee.avail_out = uInt(room.count)
            result = inflate(stream, Z_NO_FLUSH)
            let count = room.count - Int(stream.pointee.avail_out)
            sha.update(UnsafeRawBufferPointer(rebasing: room[..<count]))
            size += count
        } while result == Z_OK && stream.pointee.avail_out == 0
        switch result {
        case Z_STREAM_END: state = .atEnd
        // It waits for more input.
        case Z_OK: break
        case Z_BUF_ERROR where stream.pointee.avail_in == 0: break
        default: state = .broken
        }
    }

    /// The size and digest of the unpacked bytes. The next bytes begin a new stream.
    ///
    /// - Returns: nil if the bytes were not a whole gzip stream.
    func finish() -> (size: Int, sha256: SHA256Digest)? {
        defer { (size, state) = (0, .atEnd) }
        let digest = sha.finish()
        return state == .atEnd && stream.pointee.total_in > 0 ? (size, digest) : nil
    }
}

/// A file with the bytes of a gzip stream, and what it unpacks to. It is read as a whole.
public struct GzipFile {
    public let size: Int
    /// As 64 hexadecimal digits.
    public let sha256: String
    /// Nil if the file is no whole gzip stream.
    public let original: (size: Int, sha256: String)?

    /// - Throws: `FileError`; `FileChanged`; `StepError` `out-of-memory`.
    public init(_ source: RegularFile) throws {
        guard let unpacked = GzipDigester() else {
            throw StepError("out-of-memory", "zlib could not start: there is no memory for it")
        }
        var file = StableFile(source)
        let sha = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = try file.read(into: buffer)
            guard count > 0 else { break }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            sha.update(bytes)
            unpacked.add(bytes)
        }
        try file.checkUnchanged()
        (size, sha256) = (file.size, sha.finish().description)
        original = unpacked.finish().map { ($0.size, $0.sha256.description) }
    }
}
