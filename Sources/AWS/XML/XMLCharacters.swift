internal import TextCoding

/// The rules of XML 1.0 for bytes, as far as a reader of replies needs them.
enum XMLCharacters {
    /// Refuses bytes that are not UTF-8, and the control characters that XML allows only as references, or not at all.
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
        byte.isASCIILetter || byte >= 0x80 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
    }

    static func isNamePart(_ byte: UInt8) -> Bool {
        isNameStart(byte) || byte.isASCIIDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
}
