public import HTTP
public import PipelineKit

/// One call of an AWS service, before it has an endpoint, a signature and a time.
public struct AWSRequest: Sendable {
    public var service: AWSService
    /// The name in AWS's documentation, such as `PutObject`: for messages and logs, and for the permission that it
    /// needs.
    public var operation: String
    public var method: HTTPMethod
    /// For S3: it becomes part of the host's name, or comes before the path.
    public var bucket: String?
    /// What the keys of the bucket's part begin with that the caller works in: a policy that allows the call names it.
    /// Empty, or with a `/` at its end.
    public var part = ""
    /// What follows the first `/`, as plain text: an S3 key, or `2020-05-31/distribution`. It is percent-encoded when
    /// it is sent, except for `/`, and never normalized.
    public var path: String
    /// Plain text; a nil value is sent as `name=`, which is how S3 signs it.
    public var query: [(String, String?)]
    /// All headers are signed, except those that proxies change.
    public var headers: HTTPHeaders
    public var body: RequestBody
    public var payload: BodyDigest
    /// False if the call itself carries the proof, as `AssumeRoleWithWebIdentity` does.
    public var isSigned: Bool
    public var retry: RetryMode
    public var timeouts: HTTPRequest.Timeouts
    /// Until when it may be sent: each attempt looks at it when it is signed, and ends by then. Nil for no such moment.
    public var deadline: LeaseDeadline?
    /// The longest reply that is accepted, in bytes.
    public var maximumBodyBytes: Int
    /// Receives the body of a 2xx, which is then not in the response.
    ///
    /// If a reply breaks in the middle, another attempt starts from the body's first byte: `onAttempt` says when.
    public var sink: HTTPRequest.Sink?
    /// Called before each attempt with its number, from 1: to discard what an earlier one has put into the sink.
    public var onAttempt: (@Sendable (Int) -> Void)?
    /// Called with an attempt's failure before it is retried: to do less if a service asks for that.
    public var onRetry: (@Sendable (any DescribedError) -> Void)?
    /// Statuses outside 200…299 that are answers and not errors, such as 304 or 404.
    public var answers: Set<Int>
    /// True if a 200 may hold an `<Error>`, as those of `CopyObject` and `CompleteMultipartUpload` do: it then counts
    /// as an error.
    public var mayFailInBody: Bool
    /// Looks at an answer before it is returned. What it throws counts as the attempt's failure: with the class
    /// `network`, as for a truncated document, the attempt is retried.
    public var check: (@Sendable (HTTPResponse) throws -> Void)?

    public init(
        _ service: AWSService, _ operation: String, _ method: HTTPMethod, bucket: String? = nil, path: String = "",
        query: [(String, String?)] = [], headers: HTTPHeaders = HTTPHeaders(), body: RequestBody = .empty,
        payload: BodyDigest = .ofBody, isSigned: Bool = true, retry: RetryMode = .standard,
        timeouts: HTTPRequest.Timeouts = HTTPRequest.Timeouts(), maximumBodyBytes: Int = 16 << 20,
        sink: HTTPRequest.Sink? = nil, onAttempt: (@Sendable (Int) -> Void)? = nil, answers: Set<Int> = [],
        mayFailInBody: Bool = false, check: (@Sendable (HTTPResponse) throws -> Void)? = nil
    ) {
        self.service = service
        self.operation = operation
        self.method = method
        self.bucket = bucket
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.payload = payload
        self.isSigned = isSigned
        self.retry = retry
        self.timeouts = timeouts
        self.maximumBodyBytes = maximumBodyBytes
        self.sink = sink
        self.onAttempt = onAttempt
        self.answers = answers
        self.mayFailInBody = mayFailInBody
        self.check = check
    }

    /// The subject of the call, for messages: `s3://bucket/key`, `distribution/E2QWRUHAPOMQZL` as in its ARN, or the
    /// path.
    public var resource: String {
        guard let bucket else { return distribution ?? (path.isEmpty ? service.name : "/\(path)") }
        return "s3://\(bucket)" + (path.isEmpty ? "" : "/\(path)")
    }

    /// The distribution, whatever part of it is asked for: policies name the distribution.
    private var distribution: String? {
        let parts = path.split(separator: "/")
        guard service == .cloudFront, parts.count >= 3, parts[1] == "distribution" else { return nil }
        return "distribution/\(parts[2])"
    }
}
