internal import CZlib

extension Collection<UInt8> {
    /// The bytes as one gzip stream.
    public var gzipped: [UInt8] {
        // The C structure must not move: zlib keeps a pointer back to it.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        // 16 more than the window's bits: with gzip's header and trailer.
        precondition(runner_deflate_init(stream, 9, 15 + 16, 8) == Z_OK, "zlib could not start")
        defer { deflateEnd(stream) }
        var input = Array(self)
        var output = [UInt8](repeating: 0, count: Int(deflateBound(stream, uLong(input.count))))
        let count = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.pointee.next_in = input.baseAddress
                stream.pointee.avail_in = uInt(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = uInt(output.count)
                precondition(deflate(stream, Z_FINISH) == Z_STREAM_END, "zlib did not come to the end")
                return output.count - Int(stream.pointee.avail_out)
            }
        }
        return Array(output[..<count])
    }
}
