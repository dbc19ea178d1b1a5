internal import HTTP
internal import Releases

/// One page to request, and what its answer must be.
struct Check: Sendable {
    var url: HTTPURL
    var method = HTTPMethod.get
    var sender: Sender
    var expectations: [Expectation]
    /// Expectations that are only reported: missing one does not fail the check.
    var advice: [Expectation] = []
    /// True if a 403 or 404 is only reported: many servers refuse files whose names begin with a dot.
    var mayBeRefused = false
    /// The same file of the release before: what a cache may still have.
    var earlier: ManifestEntry?
    var times = 1
    var interval = Duration.zero
    /// The longest body that is accepted, in bytes.
    var maximumBodyBytes = Self.standardLimit

    /// The limit for a body that is held in memory, or is an error page.
    static let standardLimit = 16 << 20
    /// The limit for a body that is only hashed as it comes.
    static let hashingLimit = 1 << 30

    var request: HTTPRequest {
        var request = sender.request(method, url)
        request.maximumBodyBytes = maximumBodyBytes
        return request
    }

    /// True if the body's text is read, not only its hash.
    var readsBody: Bool { expectations.contains { $0.readsBody } }

    /// True if looking at an answer takes long enough to need a thread of its own: a body of 16 MiB, or an expression.
    var isCostly: Bool { expectations.contains { $0.readsBody || $0.hasPattern } }

    /// The file of the release that is expected.
    var file: ManifestEntry? {
        for expectation in expectations {
            switch expectation {
            case .content(of: let entry), .served(let entry, host: _): return entry
            default: continue
            }
        }
        return nil
    }

    /// A store may keep a file in the compressed form in which it came, and a server may call an archive encoded. So if
    /// the decoded bytes are not the file's, the encoded ones may be.
    func comparesEncodedBytes(of answer: Answer) -> Bool {
        guard answer.isDecoded, let file else { return false }
        return file.ownSHA256 != answer.sha256
    }
}

/// How a check's requests are sent.
struct Sender: Sendable {
    var headers = HTTPHeaders()
    /// Of the whole request, or of a pause in it.
    var timeout = Duration.seconds(10)
    /// True if a request may take as long as it wants while bytes come.
    var limitsPauses = false
    var resolve: ResolveOverride?
    var redirects = 0

    func request(_ method: HTTPMethod, _ url: HTTPURL) -> HTTPRequest {
        HTTPRequest(
            method, url, headers: headers,
            timeouts: limitsPauses
                ? .init(connect: timeout, idle: timeout) : .init(connect: timeout, total: timeout),
            resolve: resolve.map { [$0] } ?? [], maximumRedirects: redirects)
    }
}
