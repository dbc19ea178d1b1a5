/// The folder of an origin that a distribution serves, such as `/releases/v2`; empty for the whole bucket.
public struct OriginPath: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// - Throws: `invalidOriginPath`.
    public init(_ text: String) throws(CloudFrontError) {
        func refuse(_ reason: String) -> CloudFrontError {
            CloudFrontError(
                .invalidOriginPath, "\(text.debugDescription) is not an origin path: \(reason)",
                help: "write it like /releases/v2")
        }
        if !text.isEmpty {
            guard text.utf8.first == UInt8(ascii: "/") else { throw refuse("it does not begin with /") }
            guard text.utf8.last != UInt8(ascii: "/") else { throw refuse("it ends with /") }
        }
        guard !text.utf8.contains(UInt8(ascii: "*")) else { throw refuse("it has a *") }
        guard zip(text.utf8, text.utf8.dropFirst()).allSatisfy({ $0 != UInt8(ascii: "/") || $1 != UInt8(ascii: "/") })
        else { throw refuse("it has //") }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw refuse("it has a space or a control character")
        }
        guard text.utf8.count <= 255 else { throw refuse("it is longer than 255 bytes") }
        self.text = text
    }

    /// A path that a distribution has or had. Nothing is checked, for CloudFront has taken it.
    public init(asFound text: String) {
        self.text = text
    }

    public var description: String { text }
}
