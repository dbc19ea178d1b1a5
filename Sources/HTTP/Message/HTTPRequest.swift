/// One request. It is sent exactly as it is given here, so that a signature over it stays valid.
public struct HTTPRequest: Sendable {
    /// Takes a piece of the body, on a thread that serves other requests too: so it must not block. `false` ends the
    /// transfer.
    public typealias Sink = @Sendable (UnsafeRawBufferPointer) -> Bool

    public var method: HTTPMethod
    public var url: HTTPURL
    public var headers: HTTPHeaders
    public var body: RequestBody
    public var timeouts: Timeouts
    /// The moment after which nothing of it is sent any more, also if it has waited for a connection slot until then;
    /// nil for no such moment.
    public var deadline: ContinuousClock.Instant?
    /// The longest body that is accepted, in bytes after decompression.
    public var maximumBodyBytes: Int
    /// Addresses to connect to instead of those that the resolver finds.
    public var resolve: [ResolveOverride]
    /// How many redirects of a GET or HEAD are followed. With 0, and for other methods, the 3xx is the response.
    /// All of them go through the proxy of the first URL's scheme.
    public var maximumRedirects: Int
    /// Asks for a compressed body, as browsers do, and undoes the compression. Otherwise the body is as it was sent.
    /// An encoding that libcurl cannot undo, or more than one, fails with `encoding`: see `HTTPClient.sendDecoded`.
    public var decompresses: Bool
    /// True if a proxy of the environment may carry it. Not for addresses that have a meaning only on this machine.
    public var usesProxy: Bool
    /// Receives the body of a 2xx, which is then not in the response. Other bodies say what went wrong, and stay in the
    /// response.
    public var sink: Sink?

    public init(
        _ method: HTTPMethod, _ url: HTTPURL, headers: HTTPHeaders = HTTPHeaders(),
        body: RequestBody = .empty, timeouts: Timeouts = Timeouts(),
        deadline: ContinuousClock.Instant? = nil, maximumBodyBytes: Int = 16 << 20,
        resolve: [ResolveOverride] = [], maximumRedirects: Int = 0, decompresses: Bool = false, usesProxy: Bool = true,
        sink: Sink? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.deadline = deadline
        self.maximumBodyBytes = maximumBodyBytes
        self.resolve = resolve
        self.maximumRedirects = maximumRedirects
        self.decompresses = decompresses
        self.usesProxy = usesProxy
        self.sink = sink
    }

    /// Counted from the moment the request has a connection slot, not from when it was queued.
    public struct Timeouts: Hashable, Sendable {
        /// The limit for name resolution, TCP and TLS.
        public var connect: Duration
        /// The limit for everything up to the last byte of the response, redirects included; nil for none.
        public var total: Duration?
        /// The longest time in which no byte comes through in either direction; nil for no limit. A byte of the body has
        /// come through when the other side has acknowledged it. What waits in the kernel does not count.
        public var idle: Duration?

        public init(connect: Duration = .seconds(10), total: Duration = .seconds(60)) {
            self.connect = connect
            self.total = total
        }

        /// A transfer may take as long as it wants while bytes come through: a slow line is no failure.
        public init(connect: Duration = .seconds(10), idle: Duration) {
            self.connect = connect
            self.idle = idle
        }
    }

    /// Nil without a deadline.
    func timeToDeadline(at now: ContinuousClock.Instant) -> Duration? { deadline.map { now.duration(to: $0) } }

    var followsRedirects: Bool {
        maximumRedirects > 0 && (method == .get || method == .head)
    }

    /// Refuses a request that could not be sent exactly as given.
    func validate() throws(TransportError) {
        guard method.rawValue.isHTTPToken else {
            throw TransportError(.invalidRequest, url, "the method '\(method)' is not one word of letters")
        }
        for field in headers.fields where !field.isValid {
            throw TransportError(
                .invalidRequest, url, "the header '\(field.name)' has a character that a header cannot carry")
        }
        for name in ["Content-Length", "Transfer-Encoding"] where headers[name] != nil {
            throw TransportError(.invalidRequest, url, "the header '\(name)' follows from the body and is not given")
        }
        if body.count > 0, method == .get || method == .head {
            throw TransportError(.invalidRequest, url, "a \(method) carries no body")
        }
    }
}
