public import HTTP
public import PipelineKit

/// One call of an AWS service, before it has an endpoint, a signature and a time.
public struct AWSRequest: Sendable {
    public var service: AWSService
    /// As AWS documents it, such as `PutObject`: for messages and logs, and the name of the permission it needs.
    public var operation: String
    public var method: HTTPMethod
    /// Of S3: goes into the host's name or in front of the path.
    public var bucket: String?
    /// Behind the first `/`, as plain text: an S3 key, or `2020-05-31/distribution`. It is percent-encoded when it is sent, `/` excepted,
    /// and never normalized.
    public var path: String
    /// Plain text; a nil value is sent as `name=`, which is how S3 signs it.
    public var query: [(String, String?)]
    /// All of them are signed, but for those that proxies change.
    public var headers: HTTPHeaders
    public var body: RequestBody
    public var payload: PayloadHash
    /// False where the call itself carries the proof, as `AssumeRoleWithWebIdentity` does.
    public var isSigned: Bool
    public var retry: RetryMode
    public var timeouts: HTTPRequest.Timeouts
    /// The longest reply that is taken, in bytes.
    public var maximumBodyBytes: Int
    /// Where the body of a 2xx goes instead of into the response.
    ///
    /// Where a reply breaks in the middle, another attempt starts from the body's first byte: `onAttempt` says when.
    public var sink: HTTPRequest.Sink?
    /// Called before each attempt with its number, from 1: to throw away what an earlier one has put into the sink.
    public var onAttempt: (@Sendable (Int) -> Void)?
    /// Called with what an attempt failed with, before it is repeated: to do less where a service asks for that.
    public var onRetry: (@Sendable (any DescribedError) -> Void)?
    /// Statuses outside 200…299 that are answers and no errors, such as 304 or 404.
    public var answers: Set<Int>
    /// Whether a 200 may hold an `<Error>`, as those of `CopyObject` and `CompleteMultipartUpload` do: it is then an error like others.
    public var mayFailInBody: Bool
    /// Looks at an answer before it is given out. What it throws counts as the attempt's failure: with the class `network`,
    /// as for a truncated document, the attempt is repeated.
    public var check: (@Sendable (HTTPResponse) throws -> Void)?

    public init(
        _ service: AWSService, _ operation: String, _ method: HTTPMethod, bucket: String? = nil, path: String = "",
        query: [(String, String?)] = [], headers: HTTPHeaders = HTTPHeaders(), body: RequestBody = .empty,
        payload: PayloadHash = .ofBody, isSigned: Bool = true, retry: RetryMode = .standard,
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

    /// What the call is about, for messages: `s3://bucket/key`, `distribution/E2QWRUHAPOMQZL` as in its ARN, or the path.
    public var resource: String {
        guard let bucket else { return distribution ?? (path.isEmpty ? service.name : "/\(path)") }
        return "s3://\(bucket)" + (path.isEmpty ? "" : "/\(path)")
    }

    /// Whatever of a distribution is asked for: policies name the distribution.
    private var distribution: String? {
        let parts = path.split(separator: "/")
        guard service == .cloudFront, parts.count >= 3, parts[1] == "distribution" else { return nil }
        return "distribution/\(parts[2])"
    }
}
