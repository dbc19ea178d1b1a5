internal import CZlib
internal import PipelineKit

/// Makes gzip streams with zlib, one after the other. Nothing in the header differs between machines: there is no name,
/// no time, and the system is 255 ("unknown").
///
/// It belongs to the thread that made it.
final class Deflater {
    /// Bytes of the header and of the trailer.
    static let headerSize = 10
    static let trailerSize = 8

    // The C structure must not move: zlib keeps a pointer back to it.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let level: Int
    private var checksum: UInt = 0
    private var total: UInt = 0

    /// - Parameter level: 1 to 9.
    init(level: Int) throws {
        self.level = level
        stream.initialize(to: z_stream())
        // Negative: no header of zlib's own, whose system byte differs between machines.
        guard runner_deflate_init(stream, Int32(level), -15, 8) == Z_OK else {
            stream.deallocate()
            throw StepError("out-of-memory", "zlib could not start: there is no memory for it")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Starts a new file.
    ///
    /// - Parameter output: gets the header.
    func begin(_ output: UnsafeMutableRawBufferPointer) {
        deflateReset(stream)
        checksum = UInt(crc32(0, nil, 0))
        total = 0
        // As gzip itself says how it was compressed.
        let effort: UInt8 = level == 9 ? 2 : level == 1 ? 4 : 0
        output.copyBytes(from: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, effort, 255])
    }

    /// Compresses further bytes.
    ///
    /// - Parameters:
    ///   - isLast: ends the file.
    ///   - room: where the result goes; it is handed to `flush` when it is full, and is then empty again.
    ///   - filled: how many bytes of `room` are in use.
    func add(
        _ bytes: UnsafeRawBufferPointer, isLast: Bool, into room: UnsafeMutableRawBufferPointer, filled: inout Int,
        flush: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let input = UnsafeMutableRawBufferPointer(mutating: bytes).bindMemory(to: Bytef.self)
        checksum = UInt(crc32(uLong(checksum), input.baseAddress, uInt(input.count)))
        total &+= UInt(input.count)
        stream.pointee.next_in = input.baseAddress
        stream.pointee.avail_in = uInt(input.count)
        while true {
            let free = UnsafeMutableRawBufferPointer(rebasing: room[filled...]).bindMemory(to: Bytef.self)
            stream.pointee.next_out = free.baseAddress
            stream.pointee.avail_out = uInt(free.count)
            let result = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
            filled = room.count - Int(stream.pointee.avail_out)
            let isDone = isLast ? result == Z_STREAM_END : stream.pointee.avail_in == 0 && filled < room.count
            if isDone { break }
            guard result == Z_OK || result == Z_BUF_ERROR else {
                throw StepError("zlib-failed", "zlib could not compress: it says \(result)")
            }
            try flush(UnsafeRawBufferPointer(rebasing: room[..<filled]))
            filled = 0
        }
        guard isLast else { return }
        if room.count - filled < Self.trailerSize {
            try flush(UnsafeRawBufferPointer(rebasing: room[..<filled]))
            filled = 0
        }
        room.storeBytes(of: UInt32(truncatingIfNeeded: checksum).littleEndian, toByteOffset: filled, as: UInt32.self)
        room.storeBytes(of: UInt32(truncatingIfNeeded: total).littleEndian, toByteOffset: filled + 4, as: UInt32.self)
        filled += Self.trailerSize
    }
}
