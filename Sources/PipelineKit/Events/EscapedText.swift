internal import TextCoding

/// A text without its escapes: `%2F`, `\u00e9`, `\/`, `\303`, `&amp;` and `'\''` become what they stand for.
///
/// Escapes in escapes, such as JSON in a string of JSON, are taken out one level at a time.
struct EscapedText {
    let bytes: [UInt8]
    /// Where each byte begins in the text that it was made of, and that text's end.
    let places: [Int]

    /// How often the escapes of one text are taken out.
    static let depth = 4

    /// - Returns: nil if there is no escape in it.
    init?(_ text: [UInt8]) {
        // Most lines have none: it looks at the bytes alone first.
        guard
            var index = text.indices.first(where: { Escape.mayBegin(with: text[$0]) && Escape(at: $0, of: text) != nil }
            )
        else { return nil }
        var bytes = Array(text[..<index])
        var places = Array(0..<index)
        bytes.reserveCapacity(text.count)
        places.reserveCapacity(text.count + 1)
        while index < text.count {
            if Escape.mayBegin(with: text[index]), let escape = Escape(at: index, of: text) {
                bytes += escape.bytes
                places += repeatElement(index, count: escape.bytes.count)
                index += escape.length
            } else {
                bytes.append(text[index])
                places.append(index)
                index += 1
            }
        }
        places.append(text.count)
        (self.bytes, self.places) = (bytes, places)
    }

    /// The text without a further level of escapes, with places in the first one; nil if there is none.
    var next: EscapedText? {
        EscapedText(bytes).map { EscapedText(bytes: $0.bytes, places: $0.places.map { places[$0] }) }
    }

    private init(bytes: [UInt8], places: [Int]) {
        (self.bytes, self.places) = (bytes, places)
    }

    /// Each level of a text without its escapes.
    static func unescaped(_ text: String) -> [String] {
        var levels: [String] = []
        var bytes = Array(text.utf8)
        while levels.count < depth, let next = EscapedText(bytes) {
            bytes = next.bytes
            levels.append(String(decoding: bytes, as: UTF8.self))
        }
        return levels
    }
}

/// One escape, and what it stands for.
private struct Escape {
    var length: Int
    var bytes: [UInt8]

    private static let percent: UInt8 = 0x25

    static func mayBegin(with byte: UInt8) -> Bool {
        byte == percent || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "&")
            || byte == UInt8(ascii: "'")
    }

    /// - Returns: nil if none begins there.
    init?(at index: Int, of text: [UInt8]) {
        switch text[index] {
        case Self.percent:
            guard let byte = Self.number(text, index + 1, digits: 2) else { return nil }
            self.init(length: 3, bytes: [UInt8(byte)])
        case UInt8(ascii: "\\"): self.init(backslashAt: index, of: text)
        case UInt8(ascii: "&"): self.init(entityAt: index, of: text)
        case UInt8(ascii: "'"):
            // A shell's way to put a quote into quotes.
            guard let way = [#"'\''"#, #"'"'"'"#].first(where: { text[index...].starts(with: $0.utf8) }) else {
                return nil
            }
            self.init(length: way.utf8.count, bytes: [UInt8(ascii: "'")])
        default: return nil
        }
    }

    private init(length: Int, bytes: [UInt8]) {
        (self.length, self.bytes) = (length, bytes)
    }

    private init?(backslashAt index: Int, of text: [UInt8]) {
        guard index + 1 < text.count else { return nil }
        let byte = text[index + 1]
        switch byte {
        case UInt8(ascii: "u"):
            if let (scalar, length) = Self.utf16(text, index) {
                self = Escape(length: length, bytes: Array(String(scalar).utf8))
                return
            }
        case UInt8(ascii: "U"):
            if let scalar = Self.number(text, index + 2, digits: 8).flatMap(Unicode.Scalar.init) {
                self = Escape(length: 10, bytes: Array(String(scalar).utf8))
                return
            }
        case UInt8(ascii: "x"):
            if let value = Self.number(text, index + 2, digits: 2) {
                self = Escape(length: 4, bytes: [UInt8(value)])
                return
            }
        case 0x30...0x33:
            if let value = Self.number(text, index + 1, digits: 3, radix: 8) {
                self = Escape(length: 4, bytes: [UInt8(value)])
                return
            }
        default: break
        }
        self.init(length: 2, bytes: [Self.controls[byte] ?? byte])
    }

    /// What `\u` and four digits stand for, or two of them for a scalar outside the first plane.
    private static func utf16(_ text: [UInt8], _ index: Int) -> (Unicode.Scalar, length: Int)? {
        guard let first = number(text, index + 2, digits: 4) else { return nil }
        if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
        guard text.dropFirst(index + 6).starts(with: #"\u"#.utf8), let second = number(text, index + 8, digits: 4),
            (0xD800..<0xDC00).contains(first), (0xDC00..<0xE000).contains(second)
        else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + second - 0xDC00).map { ($0, 12) }
    }

    private static let controls: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09, UInt8(ascii: "b"): 0x08,
        UInt8(ascii: "f"): 0x0C, UInt8(ascii: "v"): 0x0B, UInt8(ascii: "a"): 0x07, UInt8(ascii: "e"): 0x1B,
        UInt8(ascii: "E"): 0x1B,
    ]

    private init?(entityAt index: Int, of text: [UInt8]) {
        // The longest is `&#x10FFFF;`, perhaps with zeros.
        guard let end = text[index...].prefix(14).firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let name = String(decoding: text[(index + 1)..<end], as: UTF8.self)
        let length = end + 1 - index
        if let character = Self.entities[name] {
            self.init(length: length, bytes: Array(character.utf8))
        } else if name.hasPrefix("#"), let scalar = Self.scalar(name.dropFirst()) {
            self.init(length: length, bytes: Array(String(scalar).utf8))
        } else {
            return nil
        }
    }

    private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " "]

    private static func scalar(_ digits: Substring) -> Unicode.Scalar? {
        let isHexadecimal = digits.first == "x" || digits.first == "X"
        let number = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap(Unicode.Scalar.init)
    }

    /// - Returns: nil if there are not so many digits.
    private static func number(_ text: [UInt8], _ start: Int, digits: Int, radix: UInt32 = 16) -> UInt32? {
        guard start + digits <= text.count else { return nil }
        var value: UInt32 = 0
        for byte in text[start..<(start + digits)] {
            guard let digit = Hexadecimal.value(of: byte), UInt32(digit) < radix else { return nil }
            value = value &* radix &+ UInt32(digit)
        }
        return value
    }
}
