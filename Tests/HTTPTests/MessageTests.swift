import HTTP
import SystemPackage
import Testing

/// The values that need no wire.
@Suite struct MessageTests {
    @Test(arguments: [
        ("http://example.org", "http://example.org/"),
        ("HTTPS://Example.ORG:443/A", "https://example.org/A"),
        ("http://example.org:8080/a/../b//c?x=%2F&y#fragment", "http://example.org:8080/a/../b//c?x=%2F&y"),
        ("http://example.org/a?", "http://example.org/a?"),
        ("http://[::1]:9000/x", "http://[::1]:9000/x"),
        ("https://example.org?q=1", "https://example.org/?q=1"),
    ])
    func url(_ text: String, _ read: String) throws {
        #expect(try HTTPURL(text).description == read)
    }

    @Test(arguments: [
        "", "example.org", "/path", "ftp://example.org/", "http://", "http://:80/", "http://example.org:99999/",
        "http://example.org/a b", "http://example.org/\u{e9}", "http://example.org/\r\nX: y", "file:///etc/passwd",
    ])
    func notAURL(_ text: String) {
        let error = #expect(throws: TransportError.self) { try HTTPURL(text) }
        #expect(error?.kind == .invalidURL)
    }

    @Test(arguments: ["localhost:8791", "example.org", "www.example.org/a?b"])
    func aSchemeThatIsMissingIsNamed(_ text: String) throws {
        let error = try #require(#expect(throws: TransportError.self) { try HTTPURL(text) })
        #expect(error.message.contains("as `http://\(text)` does"), "\(error.message)")
    }

    @Test(arguments: ["https://user:secret@example.org/", "https://user:secret@example.org/a b"])
    func passwordIsNotRepeated(_ text: String) throws {
        let error = try #require(#expect(throws: TransportError.self) { try HTTPURL(text) })
        #expect(error.kind == .invalidURL)
        #expect(!error.message.contains("secret"))
    }

    @Test func anotherTarget() throws {
        let url = try HTTPURL("https://example.org:8443/a?b").with(target: "/c%20d?e")
        #expect(url.description == "https://example.org:8443/c%20d?e")
        for target in ["", "c", "/c d", "/c#d"] {
            #expect(throws: TransportError.self) { try url.with(target: target) }
        }
    }

    @Test(arguments: [
        ("example.org:443:127.0.0.1", ResolveOverride(host: "example.org", port: 443, address: "127.0.0.1")),
        ("example.org:80:::1", ResolveOverride(host: "example.org", port: 80, address: "::1")),
        ("example.org:80:[2001:db8::1]", ResolveOverride(host: "example.org", port: 80, address: "2001:db8::1")),
        ("example.org:80:other.example", ResolveOverride(host: "example.org", port: 80, address: "other.example")),
        ("example.org:127.0.0.1", nil), ("example.org:0:127.0.0.1", nil), ("example.org:70000:127.0.0.1", nil),
        (":80:127.0.0.1", nil), ("example.org:80:", nil), ("example.org:80:127.0.0.1:81", nil), ("a b:80:c", nil),
    ])
    func resolveOverride(_ text: String, _ read: ResolveOverride?) {
        #expect(ResolveOverride(text) == read)
    }

    @Test func headers() {
        var headers: HTTPHeaders = ["Content-Type": "text/html", "X-A": "1"]
        headers.add("x-a", "2")
        #expect(headers["content-TYPE"] == "text/html")
        #expect(headers["X-a"] == "1")
        #expect(headers.values("X-A") == ["1", "2"])
        #expect(headers["X-"] == nil)
    }

    @Test(
        arguments: [
            ([:], "/etc/ssl/certs/ca-certificates.crt"),
            (["SSL_CERT_FILE": "/c"], "/c"),
            (["SSL_CERT_FILE": "/c", "CURL_CA_BUNDLE": "/b"], "/b"),
            (["SSL_CERT_FILE": "/c", "CURL_CA_BUNDLE": "/b", "AWS_CA_BUNDLE": "/a"], "/a"),
            (["SSL_CERT_FILE": "/c", "AWS_CA_BUNDLE": ""], "/c"),
        ] as [([String: String], FilePath)])
    func trustedCertificates(_ environment: [String: String], _ bundle: FilePath) {
        #expect(TLSOptions(environment: environment).caBundle == bundle)
    }

    @Test(
        arguments: [
            ([:], ProxyOptions()),
            (
                ["HTTP_PROXY": "a", "HTTPS_PROXY": "b", "NO_PROXY": "c"],
                ProxyOptions(http: "a", https: "b", bypass: "c")
            ),
            (["HTTP_PROXY": "a", "http_proxy": "b"], ProxyOptions(http: "b")),
            (["HTTP_PROXY": "a", "http_proxy": ""], ProxyOptions(http: "a")),
        ] as [([String: String], ProxyOptions)])
    func proxies(_ environment: [String: String], _ options: ProxyOptions) {
        #expect(ProxyOptions(environment: environment) == options)
    }

    @Test func errorCodesAreKebabCase() {
        for kind in TransportError.Kind.allCases {
            #expect(kind.rawValue.wholeMatch(of: /[a-z]+(-[a-z]+)+/) != nil)
        }
    }
}
