/// The response to a request. Every status is a response; only an incomplete reply is an error.
public struct HTTPResponse: Sendable {
    public var status: Int
    /// The headers of the last reply, if redirects were followed.
    public var headers: HTTPHeaders
    /// Empty if a sink took it.
    public var body: [UInt8]
    /// True if the body came in a content encoding, which was undone.
    public var isDecoded: Bool
    /// The URL that answered; not the request's if redirects were followed.
    public var effectiveURL: String
    public var timings: Timings

    /// Times that are counted from the moment the request got a connection slot; redirects included.
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
