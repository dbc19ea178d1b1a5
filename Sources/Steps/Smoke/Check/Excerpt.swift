/// At most 200 bytes of a text, fit for one line of a terminal.
///
/// What a server sends is not trusted: control characters, and those that change the direction of writing, are left
/// out.
struct Excerpt: CustomStringConvertible {
    static let limit = 200

    let description: String

    init(_ text: String) {
        self.init(Array(text.utf8), around: 0)
    }

    /// - Parameter position: of a byte that must be visible, with a little before it.
    init(_ bytes: [UInt8], around position: Int) {
        var start = max(0, min(position - 40, bytes.count - Self.limit))
        var end = min(bytes.count, start + Self.limit)
        // Do not start within a character, even if that costs some bytes.
        while start > 0, start < end, bytes[start] & 0xC0 == 0x80 { start += 1 }
        while end < bytes.count, end > start, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        let text = Self.printable(String(decoding: bytes[start..<end], as: UTF8.self))
        description = "`" + (start > 0 ? "…" : "") + text + (end < bytes.count ? "…" : "") + "`"
    }

    private static func printable(_ text: String) -> String {
        var out = ""
        var isAfterSpace = false
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control where !scalar.properties.isWhitespace: continue
            case .format, .surrogate, .privateUse, .unassigned: continue
            case _ where scalar.properties.isWhitespace:
                if !isAfterSpace { out += " " }
                isAfterSpace = true
            default:
                out.unicodeScalars.append(scalar)
                isAfterSpace = false
            }
        }
        return out
    }
}
