internal import HTTP
public import PipelineKit
internal import Synchronization

/// The calls of S3 that a site's store needs, on one bucket.
public struct S3Client: Sendable {
    public let bucket: String
    /// What the keys begin with of the part that belongs to the caller, for messages. Empty, or with a `/` at its end.
    let part: String
    let sender: any AWSSender
    let learnt: LearntCapabilities
    /// Until when it writes and deletes; nil without a limit.
    let deadline: LeaseDeadline?

    /// - Parameters:
    ///   - prefix: of the part of the bucket that belongs to the caller, without a `/` at its ends; may be empty.
    ///   - capabilities: of the server; `AWSClient.s3` gives what the run has learnt of them.
    ///   - deadline: until when it writes and deletes.
    public init(
        bucket: String, prefix: String = "", sender: any AWSSender,
        capabilities: LearntCapabilities = LearntCapabilities(), deadline: LeaseDeadline? = nil
    ) {
        self.bucket = bucket
        part = prefix.isEmpty ? "" : prefix + "/"
        self.sender = sender
        learnt = capabilities
        self.deadline = deadline
    }

    /// `s3://bucket/key`, for messages.
    public func url(_ key: String) -> String { "s3://\(bucket)/\(key)" }

    func request(
        _ operation: String, _ method: HTTPMethod, _ key: String = "", query: [(String, String?)] = [],
        headers: HTTPHeaders = HTTPHeaders(), body: RequestBody = .empty
    ) -> AWSRequest {
        var request = AWSRequest(
            .s3, operation, method, bucket: bucket, path: key, query: query, headers: headers, body: body,
            timeouts: HTTPRequest.Timeouts(idle: Self.longestPause))
        request.part = part
        // Whoever looks changes nothing.
        if method != .get, method != .head { request.deadline = deadline }
        return request
    }

    /// How long a connection may stand still. However slow the line is, a call is not cut off while bytes come through.
    static let longestPause = Duration.seconds(60)
    /// The same of a copy and of the joining of parts, which a server may answer when it is done.
    static let longestWork = Duration.seconds(300)
}

extension AWSSender {
    /// Sends, and reads the answer as a document inside the attempt: one that was cut off counts as a failure of the
    /// network.
    func read<Value: Sendable>(
        _ request: AWSRequest, root: String, or other: String? = nil,
        _ body: @escaping @Sendable (XMLElement) throws -> Value
    ) async throws -> Value {
        let slot = ReplySlot<Value>()
        var request = request
        request.check = { response in
            let document = try XMLTree(response.body)
            guard document.root.isNamed(root) || other.map({ document.root.isNamed($0) }) == true else {
                throw XMLError(.unexpected, at: 0, "it is a <\(document.root.name)>, and a <\(root)> was expected")
            }
            let value = try body(document.root)
            slot.value.withLock { $0 = value }
        }
        _ = try await send(request)
        guard let value = slot.value.withLock({ $0 }) else {
            throw XMLError(.unexpected, at: 0, "the reply was not read")
        }
        return value
    }
}

/// Carries what an answer says out of the check that reads it.
private final class ReplySlot<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}
