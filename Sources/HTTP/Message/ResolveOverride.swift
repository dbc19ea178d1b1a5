internal import Glibc
internal import TextCoding

/// Connects to `address` where a URL names `host` and `port`; the Host header and the TLS name stay the URL's.
public struct ResolveOverride: Hashable, Sendable {
    public let host: String
    public let port: Int
    /// An IPv4 or IPv6 address, without brackets, or another host name.
    public let address: String
    /// The port there, where it is another one.
    public let addressPort: Int

    public init(host: String, port: Int, address: String, addressPort: Int? = nil) {
        self.host = host
        self.port = port
        self.address = address
        self.addressPort = addressPort ?? port
    }

    /// Reads `host:port:address`, such as `example.org:443:127.0.0.1`; an IPv6 address may stand in brackets.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let port = UInt16(parts[1]), port > 0 else { return nil }
        var address = parts[2]
        if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
        guard Self.isName(parts[0]), Self.isName(address) || Self.isIPv6(address) else { return nil }
        self.init(host: String(parts[0]), port: Int(port), address: String(address))
    }

    /// As `CURLOPT_CONNECT_TO` reads it.
    ///
    /// `CURLOPT_RESOLVE` would stay in the event loop's DNS cache, and its connections would serve requests without the override.
    var connectTo: String {
        "\(host):\(port):\(address.contains(":") ? "[\(address)]" : address):\(addressPort)"
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || ".-_".utf8.contains($0) }
    }

    private static func isIPv6(_ text: Substring) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, String(text), &address) == 1
    }
}
