internal import Glibc

/// Finds out whether the bytes of a text are UTF-8, as they pass by.
public struct TextCheck {
    private var isValid = true
    /// The beginning of a character whose other bytes come with the next call.
    private var begun: [UInt8] = []
    private var last: UInt8 = 0

    public init() {}

    /// After the last byte of a text.
    public var isUTF8: Bool { isValid && begun.isEmpty }

    /// False if the bytes so far are enough to say no.
    var isUTF8OrUnfinished: Bool { isValid }

    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        guard isValid else { return }
        lookForShifts(bytes)
        var rest = bytes[...]
        while !begun.isEmpty, let next = rest.popFirst() {
            begun.append(next)
            if String(validating: begun, as: UTF8.self) != nil {
                begun = []
            } else if begun.count == 4 || next & 0xC0 != 0x80 {
                isValid = false
                return
            }
        }
        guard !rest.isEmpty else { return }
        do {
            try Self.validate(UnsafeRawBufferPointer(rebasing: rest))
        } catch {
            let start = rest.startIndex + error.byteOffsets.lowerBound
            guard error.kind == .truncatedScalar, error.byteOffsets.upperBound == rest.count else {
                isValid = false
                return
            }
            begun = Array(rest[start...])
        }
    }

    private static func validate(_ bytes: UnsafeRawBufferPointer) throws(UTF8.ValidationError) {
        _ = try UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)
    }

    /// Old Japanese and Korean text (ISO-2022) consists of bytes that are UTF-8 as well. `ESC $` begins its characters, and
    /// is in no other text: terminals get `ESC [` and `ESC (`. A film may begin with bytes that are UTF-8, too, but has zeros.
    private mutating func lookForShifts(_ bytes: UnsafeRawBufferPointer) {
        let (escape, dollar) = (UInt8(0x1B), UInt8(ascii: "$"))
        if Self.place(of: 0, in: bytes[...]) != nil { isValid = false }
        if last == escape, bytes.first == dollar { isValid = false }
        var rest = bytes[...]
        while let place = Self.place(of: escape, in: rest) {
            rest = rest.dropFirst(place + 1)
            if rest.first == dollar { isValid = false }
        }
        last = bytes.last ?? last
    }

    /// `memchr` looks at 32 bytes at once; `firstIndex(of:)` took 2.5 % of a step that compresses.
    private static func place(of byte: UInt8, in bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        let bytes = UnsafeRawBufferPointer(rebasing: bytes)
        guard let start = bytes.baseAddress, let found = memchr(start, Int32(byte), bytes.count) else { return nil }
        return start.distance(to: found)
    }
}
