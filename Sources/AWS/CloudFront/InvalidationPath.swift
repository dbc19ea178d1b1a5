internal import TextCoding

/// A path that every edge drops from its cache, written as CloudFront wants it.
public struct InvalidationPath: Hashable, Sendable, CustomStringConvertible {
    /// Percent-encoded.
    public let text: String

    /// A path as plain text, not percent-encoded; with `*` at its end everything that begins so.
    ///
    /// - Throws: `invalidInvalidationPath`.
    public init(pattern: String) throws(CloudFrontError) {
        func refuse(_ reason: String) -> CloudFrontError {
            CloudFrontError(
                .invalidInvalidationPath, "\(pattern.debugDescription) is not a path to invalidate: \(reason)",
                help: "write it like /index.html or /blog/*")
        }
        guard pattern.utf8.first == UInt8(ascii: "/") else { throw refuse("it does not begin with /") }
        let isWildcard = pattern.utf8.last == UInt8(ascii: "*")
        let literal = isWildcard ? String(pattern.unicodeScalars.dropLast()) : pattern
        guard !literal.utf8.contains(UInt8(ascii: "*")) else { throw refuse("it has a * that is not at its end") }
        text = Self.encoding.encode(literal) + (isWildcard ? "*" : "")
    }

    public static let everything = InvalidationPath(text: "/*")

    private init(text: String) {
        self.text = text
    }

    public var isWildcard: Bool { text.utf8.last == UInt8(ascii: "*") }
    public var description: String { text }

    /// CloudFront asks for the unsafe characters of RFC 1738 to be encoded and for no others: not as a signature does
    /// it. Of the reserved ones `?` and `#` would end the path.
    private static let encoding = PercentEncoding { $0 > 0x20 && $0 < 0x7F && !"<>\"#%{}|\\^~[]`?".utf8.contains($0) }
}
