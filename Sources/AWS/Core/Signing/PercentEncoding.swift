/// Percent-encoding as Signature Version 4 wants it: every byte but letters, digits and `-._~`, in upper-case hexadecimal.
enum PercentEncoding {
    /// Of a query's names and values.
    static func component(_ text: String) -> String { encode(text, keepsSlash: false) }

    /// Of a path: `/` stays, and so do empty and dot segments.
    static func path(_ text: String) -> String { encode(text, keepsSlash: true) }

    private static func encode(_ text: String, keepsSlash: Bool) -> String {
        let utf8 = text.utf8
        guard let escaped = utf8.firstIndex(where: { !isPlain($0, keepsSlash) }) else { return text }
        let count = utf8.count
        return String(unsafeUninitializedCapacity: 3 * count) { buffer in
            var length = 0
            for byte in utf8[..<escaped] {
                buffer[length] = byte
                length += 1
            }
            for byte in utf8[escaped...] {
                if isPlain(byte, keepsSlash) {
                    buffer[length] = byte
                    length += 1
                } else {
                    buffer[length] = 0x25
                    buffer[length + 1] = digit(byte >> 4)
                    buffer[length + 2] = digit(byte & 15)
                    length += 3
                }
            }
            return length
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }

    private static func isPlain(_ byte: UInt8, _ keepsSlash: Bool) -> Bool {
        switch byte {
        case 0x61...0x7a, 0x41...0x5a, 0x30...0x39, 0x2d, 0x2e, 0x5f, 0x7e: true
        case 0x2f: keepsSlash
        default: false
        }
    }
}
