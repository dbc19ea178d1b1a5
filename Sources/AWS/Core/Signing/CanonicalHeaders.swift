internal import HTTP

/// Headers as they are signed: sorted lower-case names, and values without superfluous white space.
struct CanonicalHeaders {
    /// `host:…\nx-amz-date:…\n`
    var lines = ""
    /// `host;x-amz-date`
    var names = ""

    init(_ fields: [HTTPHeaders.Field]) {
        let entries = fields.map { (name: $0.name.lowercased(), value: $0.value) }.filter {
            !Self.unsigned.contains($0.name)
        }
        let order = entries.indices.sorted { (entries[$0].name, $0) < (entries[$1].name, $1) }
        var previous: String?
        for index in order {
            let (name, value) = entries[index]
            if name == previous {
                // Fields with one name become one list.
                lines.removeLast()
                lines += "," + Self.trimmed(value) + "\n"
            } else {
                lines += name + ":" + Self.trimmed(value) + "\n"
                names += (names.isEmpty ? "" : ";") + name
            }
            previous = name
        }
    }

    /// Headers that a proxy or the transport may change on the way.
    static let unsigned: Set<String> = [
        "authorization", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "te",
        "trailer",
        "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ]

    /// The value without white space at its ends, and with one space for each run of white space within.
    static func trimmed(_ value: String) -> String {
        var isClean = true
        var previous: UInt8 = 0x20
        for byte in value.utf8 {
            if byte == 0x09 || (byte == 0x20 && previous == 0x20) {
                isClean = false
                break
            }
            previous = byte
        }
        if isClean, previous != 0x20 || value.isEmpty { return value }
        return value.utf8.split { $0 == 0x20 || $0 == 0x09 }.map { String(Substring($0)) }.joined(separator: " ")
    }
}
