/// Writes a request's body, element by element.
public struct XMLWriter: Sendable {
    public private(set) var bytes: [UInt8]

    public init() {
        bytes = Array(#"<?xml version="1.0" encoding="UTF-8"?>"#.utf8)
        bytes.append(0x0a)
    }

    /// - Parameter namespace: written as `xmlns`.
    public mutating func element(
        _ name: String, namespace: String? = nil, _ content: (inout XMLWriter) throws -> Void
    ) rethrows {
        append("<\(name)")
        if let namespace { append(" xmlns=\"\(namespace)\"") }
        append(">")
        try content(&self)
        append("</\(name)>")
    }

    public mutating func element(_ name: String, _ text: String) {
        element(name) { $0.bytes.append(contentsOf: Self.escaped(text)) }
    }

    private mutating func append(_ markup: String) {
        bytes.append(contentsOf: markup.utf8)
    }

    /// Encodes text so that it reads back as the same characters.
    ///
    /// White space and control characters become references as well: a line end would be folded otherwise, and S3
    /// accepts the others in a key only this way.
    public static func escaped(_ text: String) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): out.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): out.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): out.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): out.append(contentsOf: "&quot;".utf8)
            case 0..<0x20, 0x7f: out.append(contentsOf: "&#x\(String(byte, radix: 16, uppercase: true));".utf8)
            default: out.append(byte)
            }
        }
        return out
    }
}
