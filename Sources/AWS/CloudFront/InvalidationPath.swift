/// A path to be dropped from every edge's cache, written as CloudFront wants it.
public struct InvalidationPath: Hashable, Sendable, CustomStringConvertible {
    /// Percent-encoded.
    public let text: String

    /// What viewers ask for to get the object of this key, below the origin path.
    ///
    /// CloudFront knows no way to write a `*` that stands for itself. Such a key becomes the wildcard that covers it.
    public init(key: String) {
        let star = key.utf8.firstIndex(of: UInt8(ascii: "*"))
        let literal = star.map { String(decoding: key.utf8[..<$0], as: UTF8.self) } ?? key
        text = "/" + Self.encode(literal) + (star == nil ? "" : "*")
    }

    /// A path as plain text, not percent-encoded; with `*` at its end everything that begins so.
    ///
    /// - Throws: `invalidInvalidationPath`.
    public init(pattern: String) throws(CloudFrontError) {
        func refuse(_ reason: String) -> CloudFrontError {
            CloudFrontError(
                .invalidInvalidationPath, "\(pattern.debugDescription) is no path to invalidate: \(reason)",
                help: "write it like /index.html or /blog/*")
        }
        guard pattern.utf8.first == UInt8(ascii: "/") else { throw refuse("it does not begin with /") }
        let isWildcard = pattern.utf8.last == UInt8(ascii: "*")
        let literal = isWildcard ? String(pattern.unicodeScalars.dropLast()) : pattern
        guard !literal.utf8.contains(UInt8(ascii: "*")) else { throw refuse("a * stands elsewhere than at its end") }
        text = Self.encode(literal) + (isWildcard ? "*" : "")
    }

    public static let everything = InvalidationPath(text: "/*")

    private init(text: String) {
        self.text = text
    }

    public var isWildcard: Bool { text.utf8.last == UInt8(ascii: "*") }
    public var description: String { text }

    /// CloudFront asks for the unsafe characters of RFC 1738 to be encoded and for no others: not as a signature does it.
    /// Of the reserved ones `?` and `#` would end the path.
    private static func encode(_ text: String) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            if byte > 0x20 && byte < 0x7f && !unsafe.contains(byte) {
                out.append(byte)
            } else {
                out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static let unsafe = Set("<>\"#%{}|\\^~[]`?".utf8)
    private static let digits = Array("0123456789ABCDEF".utf8)
}
