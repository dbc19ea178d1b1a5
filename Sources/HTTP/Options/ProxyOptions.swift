/// The proxies that requests go through.
public struct ProxyOptions: Hashable, Sendable {
    /// The proxy's URL for http URLs; nil for none.
    public var http: String?
    /// The proxy's URL for https URLs, through which a tunnel is made; nil for none.
    public var https: String?
    /// Hosts and domains that are reached without a proxy, separated by commas; `*` for all.
    public var bypass: String

    public init(http: String? = nil, https: String? = nil, bypass: String = "") {
        self.http = http
        self.https = https
        self.bypass = bypass
    }

    /// Reads `http_proxy`, `https_proxy` and `no_proxy`; if one is missing or empty, the same name in capitals.
    public init(environment: [String: String]) {
        func value(_ name: String) -> String? {
            [name, name.uppercased()].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        self.init(http: value("http_proxy"), https: value("https_proxy"), bypass: value("no_proxy") ?? "")
    }

    func proxy(for scheme: HTTPURL.Scheme) -> String? {
        scheme == .https ? https : http
    }
}
