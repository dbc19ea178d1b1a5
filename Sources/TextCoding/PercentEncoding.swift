/// The `%XX` of URLs, in upper-case hexadecimal, for one set of bytes that stay as they are.
public struct PercentEncoding: Sendable {
    /// One bit for each byte of ASCII that stays.
    private let low: UInt64
    private let high: UInt64

    /// - Parameter plain: the bytes of ASCII that stay. All others are encoded.
    public init(keeping plain: (UInt8) -> Bool) {
        var (low, high): (UInt64, UInt64) = (0, 0)
        for byte in UInt8(0)..<64 where plain(byte) { low |= 1 << UInt64(byte) }
        for byte in UInt8(64)..<128 where plain(byte) { high |= 1 << UInt64(byte - 64) }
        (self.low, self.high) = (low, high)
    }

    /// Keeps letters, digits and `others`.
    public init(keepingAlso others: String) {
        let others = Set(others.utf8)
        self.init { $0.isASCIIAlphanumeric || others.contains($0) }
    }

    /// The unreserved characters of RFC 3986: names and values of a query, as Signature Version 4 wants them.
    public static let component = PercentEncoding(keepingAlso: "-._~")

    /// `component`, and `/`: a path as Signature Version 4 wants it.
    public static let path = PercentEncoding(keepingAlso: "-._~/")

    /// What may be in the path of a URL, and `/`; but not `+`, which S3 takes for a space there.
    public static let urlPath = PercentEncoding(keepingAlso: "-._~/,@:=!()")

    public func encode(_ text: String) -> String {
        let utf8 = text.utf8
        guard let first = utf8.firstIndex(where: { !isPlain($0) }) else { return text }
        return String(unsafeUninitializedCapacity: 3 * utf8.count) { buffer in
            var length = 0
            for byte in utf8[..<first] {
                buffer[length] = byte
                length += 1
            }
            for byte in utf8[first...] {
                if isPlain(byte) {
                    buffer[length] = byte
                    length += 1
                } else {
                    buffer[length] = UInt8(ascii: "%")
                    buffer[length + 1] = Hexadecimal.digit(byte >> 4, uppercase: true)
                    buffer[length + 2] = Hexadecimal.digit(byte & 15, uppercase: true)
                    length += 3
                }
            }
            return length
        }
    }

    private func isPlain(_ byte: UInt8) -> Bool {
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 == 1
    }

    /// - Parameter plusIsSpace: true if `+` is a space, as in forms and in the listings of S3.
    /// - Returns: nil if a `%` is not followed by two hexadecimal digits, or the bytes are not UTF-8.
    public static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
        let encoded = text.utf8
        guard
            encoded.contains(where: { $0 == UInt8(ascii: "%") || plusIsSpace && $0 == UInt8(ascii: "+") })
        else { return String(text) }
        var out: [UInt8] = []
        out.reserveCapacity(encoded.count)
        var rest = encoded.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "+") where plusIsSpace: out.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.next(), let low = rest.next(), let value = Hexadecimal.byte(high, low) else {
                    return nil
                }
                out.append(value)
            default: out.append(byte)
            }
        }
        return String(validating: out, as: UTF8.self)
    }
}
