/// Splits the bytes that a child writes into lines, however the reads divide them. So a secret that two reads divide is
/// whole again before the line is masked.
struct LineSplitter {
    /// The greatest length of a line in bytes. The rest of a longer line is dropped, and the cut is marked.
    static let limit = 65_536
    static let cutMark = " … [line cut after 64 KiB]"

    private var pending: [UInt8] = []
    private var isCut = false

    /// Takes the next bytes and calls `emit` for each line that they complete.
    mutating func add(_ bytes: UnsafeRawBufferPointer, emit: (String) -> Void) {
        var rest = bytes[...]
        while let newline = rest.firstIndex(of: 0x0A) {
            append(rest[..<newline])
            flush(emit)
            rest = rest[(newline + 1)...]
        }
        append(rest)
    }

    /// Emits the last line, if it has no end.
    mutating func finish(emit: (String) -> Void) {
        if !pending.isEmpty { flush(emit) }
    }

    private mutating func append(_ bytes: Slice<UnsafeRawBufferPointer>) {
        let room = Self.limit - pending.count
        if bytes.count > room { isCut = true }
        pending.append(contentsOf: bytes.prefix(room))
    }

    private mutating func flush(_ emit: (String) -> Void) {
        if isCut {
            dropPartialScalar()
        } else if pending.last == 0x0D {
            pending.removeLast()
        }
        // Bytes that are not UTF-8 become U+FFFD.
        var line = String(decoding: pending, as: UTF8.self)
        if isCut { line += Self.cutMark }
        emit(line)
        pending.removeAll(keepingCapacity: true)
        isCut = false
    }

    /// Drops a scalar that the cut divides: it would look like damage that the output did not have.
    private mutating func dropPartialScalar() {
        guard let start = pending.suffix(4).lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return }
        let length =
            switch pending[start] {
            case 0xC0...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF7: 4
            default: 1
            }
        if pending.count - start < length { pending.removeSubrange(start...) }
    }
}
