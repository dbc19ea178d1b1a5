/// What a symbolic link holds, byte for byte: the path that it leads to, relative to its own folder if it does not
/// begin with `/`.
public struct LinkText: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Any bytes except zero, not always UTF-8.
    public let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Reads a text, or the numbers of the bytes if they are not UTF-8.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self.init(text)
        } else {
            self.init(try container.decode([UInt8].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let text = String(validating: bytes, as: UTF8.self) {
            try container.encode(text)
        } else {
            try container.encode(bytes)
        }
    }

    /// With the zero at its end.
    var platformString: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

    /// Bytes that are not UTF-8 are replaced.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
