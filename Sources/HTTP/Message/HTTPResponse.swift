/// What came back. Every status is a response; only a reply that did not come whole is an error.
public struct HTTPResponse: Sendable {
    public var status: Int
    /// Those of the last reply, when redirects were followed.
    public var headers: HTTPHeaders
    /// Empty where a sink took it.
    public var body: [UInt8]
    /// Whether the body came in a content encoding, which was undone.
    public var isDecoded: Bool
    /// The URL that answered: another than the request's when redirects were followed.
    public var effectiveURL: String
    public var timings: Timings

    /// Each counted from the moment the request got a connection slot; redirects included.
    public struct Timings: Hashable, Sendable {
        /// Until the first byte of the (last) reply.
        public var firstByte: Duration
        public var total: Duration

        public init(firstByte: Duration, total: Duration) {
            self.firstByte = firstByte
            self.total = total
        }
    }

    public init(
        status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [], isDecoded: Bool = false,
        effectiveURL: String, timings: Timings
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.isDecoded = isDecoded
        self.effectiveURL = effectiveURL
        self.timings = timings
    }
}
