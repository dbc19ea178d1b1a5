/// Which bytes XML 1.0 lets stand where, as far as a reader of replies has to know.
enum XMLCharacters {
    /// Refuses bytes that are not UTF-8, and the control characters that XML knows only as references, or not at all.
    static func validate(_ bytes: [UInt8]) throws(XMLError) {
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            let isCutOff = error.kind == .truncatedScalar && error.byteOffsets.upperBound == bytes.count
            throw isCutOff
                ? XMLError(.truncated, at: bytes.count, "it ends within a character")
                : XMLError(.encoding, at: error.byteOffsets.lowerBound, "it is not in UTF-8")
        }
        if let control = bytes.firstIndex(where: { $0 < 0x20 && !isSpace($0) }) {
            throw XMLError(.malformed, at: control, "it has a control character")
        }
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
    }

    static func isNameStart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: ":"), 0x80...:
            true
        default: false
        }
    }

    static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: isNameStart(byte)
        }
    }
}
