/// One of the five entities, or a number that stands for a character.
struct XMLReference {
    var scalar: Unicode.Scalar
    /// The position after its `;`.
    var end: Int

    /// Reads the reference whose `&` is at `start`. Nil if it is not one: the five entities are the only ones known.
    ///
    /// XML 1.0 allows no reference to most control characters, but keys contain them and S3 writes them so.
    init?(_ bytes: [UInt8], at start: Int, before limit: Int) {
        // The longest that means something is `&#x10FFFF;`; a few leading zeros may come as well.
        guard let end = bytes[start..<min(limit, start + 16)].firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let name = bytes[start + 1..<end]
        guard let scalar = name.first == UInt8(ascii: "#") ? Self.number(name.dropFirst()) : Self.entity(name) else {
            return nil
        }
        self.scalar = scalar
        self.end = end + 1
    }

    private static func entity(_ name: ArraySlice<UInt8>) -> Unicode.Scalar? {
        switch String(decoding: name, as: UTF8.self) {
        case "amp": "&"
        case "lt": "<"
        case "gt": ">"
        case "quot": "\""
        case "apos": "'"
        default: nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Unicode.Scalar? {
        let isHexadecimal = digits.first == UInt8(ascii: "x")
        let text = String(decoding: isHexadecimal ? digits.dropFirst() : digits, as: UTF8.self)
        // `Int` and the like also read a sign.
        guard text.utf8.first.map({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) ?? false,
            let value = UInt32(text, radix: isHexadecimal ? 16 : 10), value > 0
        else { return nil }
        return Unicode.Scalar(value)
    }
}
