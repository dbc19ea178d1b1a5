/// Writes strings of JSON, and finds members of objects.
public enum JSONText {
    /// Appends a text as a JSON string, with its quotes.
    ///
    /// It escapes more than JSON requires: DEL, which terminals may obey, and U+2028 and U+2029, which end a line for
    /// some readers.
    public static func append(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var written = 0
            var index = 0
            while index < bytes.count {
                guard mayNeedEscape(bytes[index]), let length = lengthToEscape(at: index, of: bytes) else {
                    index += 1
                    continue
                }
                out.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[written..<index]))
                appendEscape(at: index, of: bytes, to: &out)
                index += length
                written = index
            }
            out.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[written...]))
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Returns `\u` and four digits.
    ///
    /// - Parameter scalar: in the first plane of Unicode.
    public static func escape(_ scalar: Unicode.Scalar) -> String {
        var out: [UInt8] = []
        appendEscape(UInt16(scalar.value), to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Returns the escape of any scalar: `\u` and four digits, twice for one outside the first plane.
    public static func escapes(_ scalar: Unicode.Scalar) -> String {
        var out: [UInt8] = []
        for unit in String(scalar).utf16 { appendEscape(unit, to: &out) }
        return String(decoding: out, as: UTF8.self)
    }

    private static func mayNeedEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F || byte == 0xE2
    }

    /// - Returns: the length in bytes of a character that must be escaped; nil if it need not be.
    private static func lengthToEscape(at index: Int, of bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard bytes[index] == 0xE2 else { return 1 }
        let isLineEnd =
            index + 2 < bytes.count && bytes[index + 1] == 0x80
            && (bytes[index + 2] == 0xA8 || bytes[index + 2] == 0xA9)
        return isLineEnd ? 3 : nil
    }

    private static func appendEscape(at index: Int, of bytes: UnsafeBufferPointer<UInt8>, to out: inout [UInt8]) {
        switch bytes[index] {
        case UInt8(ascii: "\""): out += [0x5C, UInt8(ascii: "\"")]
        case UInt8(ascii: "\\"): out += [0x5C, UInt8(ascii: "\\")]
        case 0x0A: out += [0x5C, UInt8(ascii: "n")]
        case 0x0D: out += [0x5C, UInt8(ascii: "r")]
        case 0x09: out += [0x5C, UInt8(ascii: "t")]
        case 0xE2: appendEscape(bytes[index + 2] == 0xA8 ? 0x2028 : 0x2029, to: &out)
        case let byte: appendEscape(UInt16(byte), to: &out)
        }
    }

    private static func appendEscape(_ unit: UInt16, to out: inout [UInt8]) {
        out += [0x5C, UInt8(ascii: "u")]
        for place in [12, 8, 4, 0] { out.append(Hexadecimal.digit(UInt8(unit >> UInt16(place) & 15))) }
    }
}

extension JSONText {
    /// The bytes of a member's value, as they are.
    ///
    /// - Parameters:
    ///   - name: as it is in the text: an escape in it is not resolved.
    ///   - json: an object that a decoder has accepted.
    /// - Returns: nil if the object has no such member.
    public static func member(_ name: String, ofObject json: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var depth = 0
        var index = json.startIndex
        // For the current member: if its name matches, and where its value begins.
        var found = false
        var start: Int?
        while index < json.endIndex {
            switch json[index] {
            case UInt8(ascii: "\""):
                let end = endOfString(from: index, in: json)
                if depth == 1, start == nil, json[index..<end].elementsEqual("\"\(name)\"".utf8) { found = true }
                index = end
                continue
            case UInt8(ascii: ":") where depth == 1 && start == nil: start = index + 1
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ",") where depth == 1, UInt8(ascii: "}") where depth == 1:
                if found, let start { return trimmed(json[start..<index]) }
                (found, start) = (false, nil)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            index += 1
        }
        return nil
    }

    /// - Returns: the position after the closing quote.
    private static func endOfString(from start: Int, in json: ArraySlice<UInt8>) -> Int {
        var index = start + 1
        while index < json.endIndex, json[index] != UInt8(ascii: "\"") {
            index += json[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 1, json.endIndex)
    }

    private static func trimmed(_ json: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
        guard let first = json.firstIndex(where: { !isSpace($0) }), let last = json.lastIndex(where: { !isSpace($0) })
        else { return json[json.startIndex..<json.startIndex] }
        return json[first...last]
    }
}
