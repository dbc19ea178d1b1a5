internal import HTTP

/// One page to ask for, and what its answer has to be.
struct Check: Sendable {
    var url: HTTPURL
    var method = HTTPMethod.get
    var sender: Sender
    var expectations: [Expectation]
    var times = 1
    var interval = Duration.zero
    /// The longest body that is taken.
    var maximumBodyBytes = Self.standardLimit

    /// What is held in memory, or is an error's page.
    static let standardLimit = 16 << 20
    /// What is only hashed as it comes.
    static let hashingLimit = 1 << 30

    /// Whether the body's text is looked at, and not its hash alone.
    var readsBody: Bool { expectations.contains { $0.readsBody } }
}

/// How a check's requests are sent.
struct Sender: Sendable {
    var headers = HTTPHeaders()
    var timeout = Duration.seconds(10)
    var resolve: ResolveOverride?
    var redirects = 0

    func request(_ method: HTTPMethod, _ url: HTTPURL) -> HTTPRequest {
        HTTPRequest(
            method, url, headers: headers, timeouts: .init(connect: timeout, total: timeout),
            resolve: resolve.map { [$0] } ?? [], maximumRedirects: redirects,
            // Whoever asks for a compressed answer still means the page's own text.
            decompresses: asksForCompression)
    }

    var asksForCompression: Bool { headers["accept-encoding"] != nil }
}
